"""`lapel.cascade`: a recording through an always-on stage and a model that listens, beside the model alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.audio.detector import detect, to_scores
from lapel.audio.listener import step_samples
from lapel.cascades.gate import ACTIVE, gate, spans
from lapel.errors import InputError, UsageError
from lapel.frontends import Model, load
from lapel.ir import Graph
from lapel.ops import verify
from lapel.proving.hosted import Hosted, hosted
from lapel.proving.run import run
from lapel.records import Bounded, Cascade, Cascaded, Detector, Event
from lapel.targets import Target

RATE_HZ = 16000
SAME_S = 1.0
"""Within which two detections of a word are one."""


@dataclass(frozen=True)
class _Cost:
    """Of a step on a target."""

    instructions: int
    cycles: Bounded | None


def cascade(
    model: Model,
    detector: Detector,
    samples: np.ndarray,
    asked: Cascade | None = None,
    target: str | Target | None = None,
    rate_hz: int = RATE_HZ,
) -> Cascaded:
    """A recording through a cascade, both stages as firmware of this computer.

    model: samples in, scores out, as for `lapel.listen`. samples: int16 [count]; what does not fill a step is left.
    target: where a step of each stage is counted.

    Raises UsageError: a model that cannot listen, or whose step is no whole number of rows of the first stage;
    InputError: samples of another kind, or less than a step; and what `hosted` and `run` raise.
    """
    asked = Cascade() if asked is None else asked
    graph = load(model)
    size = step_samples(graph, detector)
    if size % asked.hop_samples:
        found = f"a step has {size} samples, the first stage's row {asked.hop_samples}"
        raise UsageError(f"{graph.name}: {found}: expected whole rows in a step")
    first = gate(asked, size // asked.hop_samples)
    verify(first)
    if samples.dtype != np.int16 or samples.ndim != 1 or len(samples) < size:
        raise InputError(f"samples are {samples.dtype} {list(samples.shape)}, expected int16 [count], a step or more")
    steps = samples[: len(samples) // size * size].reshape(-1, size)
    active = _active(first, steps, asked.hop_samples)
    open_spans = spans(active, asked.hangover_steps, asked.preroll_steps)
    ears = hosted(graph)
    alone = _heard(ears, detector, graph, steps, [(0, len(steps))])
    events = _heard(ears, detector, graph, steps, open_spans)
    near = round(SAME_S * rate_hz / size)
    listened = sum(end - start for start, end in open_spans)
    made = Cascaded(
        model=graph.name,
        target=None,
        cascade=asked,
        seconds=len(steps) * size / rate_hz,
        steps=len(steps),
        step_ms=1000 * size / rate_hz,
        active_steps=int(active.sum()),
        listened_steps=listened,
        openings=len(open_spans),
        events=len(events),
        events_alone=len(alone),
        missed=_unmatched(alone, events, near),
        added=_unmatched(events, alone, near),
        ring_bytes=2 * size * asked.preroll_steps,
        warnings=_warnings(detector, asked),
    )
    return made if target is None else _with_costs(made, first, graph, steps, target)


def _active(first: Graph, steps: np.ndarray, hop: int) -> np.ndarray:
    """bool [steps]: whether a row of the step is active."""
    rows = steps.reshape(len(steps), -1, hop)
    outputs = np.asarray(hosted(first)(rows)).reshape(len(steps), -1, ACTIVE + 1)
    return np.asarray(outputs[:, :, ACTIVE].any(axis=1))


def _heard(
    ears: Hosted, detector: Detector, graph: Graph, steps: np.ndarray, runs: Sequence[tuple[int, int]]
) -> list[Event]:
    """Detections of the model in runs of steps, before each of which its state and the detector are reset."""
    shape = graph.tensors[graph.arguments[0]].type.shape
    found = list[Event]()
    for first, end in runs:
        ears.reset()
        scores = to_scores(np.asarray(ears(steps[first:end].reshape(-1, *shape))))
        found += [Event(e.word, e.step + first, e.score) for e in detect(detector, scores)]
    return found


def _unmatched(events: Sequence[Event], others: Sequence[Event], near: int) -> int:
    return sum(not any(o.word == e.word and abs(o.step - e.step) <= near for o in others) for e in events)


def _warnings(detector: Detector, asked: Cascade) -> tuple[str, ...]:
    quiet = detector.warmup_steps
    if quiet <= asked.preroll_steps:
        return ()
    kept = f"{asked.preroll_steps} steps are kept before it: words at its beginning are not heard"
    return (f"the detector is quiet for {quiet} steps after each opening and {kept}",)


def _with_costs(found: Cascaded, first: Graph, graph: Graph, steps: np.ndarray, target: str | Target) -> Cascaded:
    """With what a step of each stage takes on a target, and what follows of it."""
    shapes = [g.tensors[g.arguments[0]].type.shape for g in (first, graph)]
    name, costs = "", []
    for g, shape in zip((first, graph), shapes, strict=True):
        ran = run(g, target, steps[:2].reshape(-1, *shape))
        name = ran.target
        if ran.instructions is None:
            return replace(found, target=name)
        m = None if ran.cycle_model is None else ran.cycle_model.inference
        cycles = None if m is None else Bounded(m.cycles, m.low, m.high)
        costs.append(_Cost(ran.instructions, Bounded.exactly(ran.cycles) if ran.cycles is not None else cycles))
    gated, model = costs
    share = found.listened_steps / found.steps
    per_s = 1000 / found.step_ms
    average = (gated.instructions + share * model.instructions) * per_s
    both = None if gated.cycles is None or model.cycles is None else gated.cycles + model.cycles * share
    return replace(
        found,
        target=name,
        gate_instructions=gated.instructions,
        model_instructions=model.instructions,
        average_instructions_s=average,
        alone_instructions_s=model.instructions * per_s,
        saved_times=model.instructions * per_s / average,
        cycles=both,
    )
