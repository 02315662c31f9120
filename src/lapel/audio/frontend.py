"""Front ends as graphs: samples to features, of a whole clip or as they arrive, with the same bits.

front = make("mfcc", peak=32768)
graph(front, 49)      # int16 [15840] -> int8 [49, 10], every state as a reset makes it
streaming(front, 1)   # int16 [320] -> int8 [1, 10]; what frames overlap is a state
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.audio.mode import Sketch
from lapel.audio.modes import modes
from lapel.errors import UsageError, shown, some
from lapel.ir import Graph, Tensor
from lapel.records.frontend import FrontEnd

MOST_FRAMES = 10000
MOST_SAMPLES = 1 << 24


def make(mode: str, **fields: Any) -> FrontEnd:
    """A front end of this mode, of its defaults but for these fields.

    Raises UsageError: there is no such mode or field, or no such front end.
    """
    if mode not in modes():
        raise UsageError(f"front end: mode {shown(mode)!r} is unknown, expected one of {', '.join(modes())}")
    unknown = sorted(set(fields) - set(FrontEnd.__dataclass_fields__))
    if unknown:
        known = ", ".join(n for n in FrontEnd.__dataclass_fields__ if n != "mode")
        raise UsageError(f"front end: found fields {some(unknown)}, expected some of {known}")
    return check(FrontEnd(**{"mode": mode, **modes()[mode].defaults, **fields}))


def check(front: FrontEnd) -> FrontEnd:
    """The front end, if its mode has it. Raises UsageError."""
    if front.mode not in modes():
        raise UsageError(f"front end: mode {shown(front.mode)!r} is unknown, expected one of {', '.join(modes())}")
    problems = modes()[front.mode].problems(front)
    if problems:
        raise UsageError(f"front end {front.mode}: {problems[0]}")
    return front


def graph(front: FrontEnd, frames: int, samples: int | None = None) -> Graph:
    """int16 [window + (frames - 1) · hop] -> int8 [frames, features], from a reset.

    samples: of the clip, if that is longer than the frames; a clip's own peak is that of all of them.

    Raises UsageError: numbers of frames or samples that no clip has.
    """
    mode = modes()[check(front).mode]
    _check_count("frames", frames)
    needed = front.samples(frames)
    if samples is not None and not needed <= samples <= MOST_SAMPLES:
        found = f"a clip of {samples} samples, {frames} frames need {needed}"
        raise UsageError(f"front end: {found}, expected so many to {MOST_SAMPLES}: take less frames")
    sketch = Sketch(front, samples or needed, streaming=False)
    lead, heard = mode.lead(front), sketch.samples
    peak = None
    if mode.relative:
        peak = _peak(sketch) if front.peak else sketch.node("peak", heard, name="peak")
    if needed < heard.type.size:
        heard = _cut(sketch, heard, 0, needed)
    if lead:
        heard = sketch.node("concat", sketch.constant("before", np.zeros(lead, np.int16)), heard, axis=0)
    cut = sketch.node("frames", heard, name="frames", window=front.window_samples + lead, hop=front.hop_samples)
    return sketch.graph(mode.features(sketch, cut, peak))


def streaming(front: FrontEnd, hops: int = 1) -> Graph:
    """int16 [hops · hop] -> int8 [hops, features]; what the next frames need again is kept.

    Frame i of all calls is frame i of `graph` on the same samples behind window - hop zeros.

    Raises UsageError, also where levels are relative to a clip's own peak, which is not known before its end.
    """
    mode = modes()[check(front).mode]
    _check_count("hops", hops)
    if mode.relative and not front.peak:
        raise UsageError(
            f"front end {front.mode}: peak is 0, the clip's own, which a stream does not have: give it the sample that "
            "is 1.0, such as peak=32768"
        )
    window = front.window_samples + mode.lead(front)
    sketch = Sketch(front, hops * front.hop_samples, streaming=True)
    samples, kept = sketch.samples, window - front.hop_samples
    if kept:
        before = sketch.state("before", np.zeros(kept, np.int16))
        samples = sketch.node("concat", before, samples, name="heard", axis=0)
        sketch.keep(before, _cut(sketch, samples, samples.type.size - kept, kept))
    cut = sketch.node("frames", samples, name="frames", window=window, hop=front.hop_samples)
    return sketch.graph(mode.features(sketch, cut, _peak(sketch) if mode.relative else None))


def _peak(sketch: Sketch) -> Tensor:
    return sketch.constant("peak", np.array([sketch.front.peak], np.int32))


def _cut(sketch: Sketch, samples: Tensor, begin: int, count: int) -> Tensor:
    cut = {"begin": (begin,), "step": (1,), "count": (count,), "shape": (count,)}
    return sketch.node("slice", samples, name="part", **cut)


def _check_count(name: str, found: int) -> None:
    if not 1 <= found <= MOST_FRAMES:
        raise UsageError(f"front end: {name} is {found}, expected 1 to {MOST_FRAMES}")
