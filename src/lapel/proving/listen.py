"""`listen`: a recording, step by step, through the firmware of a model that listens, on an emulated core."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from lapel.audio.detector import detect, to_scores
from lapel.audio.files import Sound, as_sound, read_sound
from lapel.audio.listener import step_samples
from lapel.audio.stages import DETECTOR, FRONT_END, NETWORK, front_tensors
from lapel.errors import UsageError
from lapel.frontends import Model
from lapel.ir import Graph
from lapel.measuring import fit, plan_for
from lapel.proving.cycles import modelled_mean, nominal
from lapel.proving.ears import Ears, take
from lapel.proving.firmware import Compiled, compiled, recipe_for
from lapel.proving.heard import Ran, mismatches_of, read_run
from lapel.proving.hosted import hosted
from lapel.proving.notices import notices
from lapel.proving.run import Progress
from lapel.records import Detector, Event, Layer, Modelled
from lapel.records.frontend import FrontEnd
from lapel.records.listening import Heard, Listening, Stage
from lapel.simulate import RawRun
from lapel.simulate.profile import Chosen
from lapel.targets import Target, load_target
from lapel.wish import ANY, Wish

TARGET_S = 10.0
"""Seconds of a recording that run on the emulated core if nothing else is said: what a core takes for a step hardly
depends on what is heard."""
MODELLED_STEPS = 8
"""Of them those whose cycles are modelled, spread evenly."""


def listen(
    recording: str | Path | np.ndarray | Sound,
    model: Model | Ears,
    target: str | Target,
    *,
    detector: Detector | None = None,
    front: FrontEnd | str | None = None,
    calibration: Any = None,
    target_s: float = TARGET_S,
    wish: Wish = ANY,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Listening:
    """Stream a recording through the firmware: its detections, and what a step costs on the target.

    recording: a file of sound, see `lapel.audio.files`, or samples as int16 at the model's rate. model, detector,
    front: see `lapel.proving.ears.take`. calibration: see `lapel.load`. target_s: how many seconds of the recording run
    on the emulated core, from the start on, where every score and event is compared with the reference; the rest runs
    as firmware of this computer. wish: see `lapel.Wish`. timeout_s: host seconds for the emulator, and for a compiler.

    Raises InputError, UsageError, UnknownTarget, DoesNotFit, MissingTool, CompileError, SimulationError.
    """
    if not target_s > 0:
        raise UsageError(f"{target_s} seconds are to run on the target, expected more than 0")
    started = time.perf_counter()
    chosen = load_target(target) if isinstance(target, str) else target
    progress("reading the model")
    ears = model if isinstance(model, Ears) else take(model, detector, front=front, calibration=calibration)
    graph, detector = ears.graph, ears.detector
    size = step_samples(graph, detector)
    progress("reading the recording")
    sound = _sound(recording, ears.rate_hz, size)
    steps = len(sound.samples) // size
    count = min(steps, max(1, round(target_s * ears.rate_hz / size)))
    progress("planning")
    plan = plan_for(graph, chosen, wish, progress, timeout_s)
    progress("compiling")
    with compiled(plan, graph, "count", timeout_s=timeout_s, hearing=ears.hearing) as c:
        progress(f"running {count:,} steps on {chosen.core}")
        ran, profiled = _run(c, sound.samples, count, size, timeout_s)
        memory = c.memory(ran.raw)
        cycle_model, modelled = modelled_mean(c.firmware, ran.raw, profiled)
        layers = _mean_layers(c, ran.raw, modelled)
    counted = _mean(ran.raw.sample_cycles)
    cycles = nominal(counted, cycle_model)
    fit.check_budgets(graph.name, chosen, wish, memory, cycles, graph)
    progress("comparing with the reference")
    mismatches = mismatches_of(ears, sound.samples[: count * size], ran)
    progress("listening to all of it")
    scores = ran.scores if count == steps else _hosted_scores(graph, sound.samples, steps, size, timeout_s)
    step_s, time_us = size / ears.rate_hz, None
    if cycles is not None and chosen.clock_hz:
        time_us = cycles * 1e6 / chosen.clock_hz
    duty = None if time_us is None else time_us / 1e6 / step_s
    energy_pj = None if cycles is None or chosen.pj_per_cycle is None else cycles * chosen.pj_per_cycle
    return Listening(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        recording=sound.recording,
        detector=detector,
        step_samples=size,
        steps=steps,
        samples_left=len(sound.samples) - steps * size,
        target_steps=count,
        modelled_steps=len(profiled) if cycle_model else 0,
        mismatches=mismatches,
        events=tuple(_heard(e, detector, step_s) for e in detect(detector, scores)),
        instructions=_mean(ran.raw.sample_instructions),
        most_instructions=max(ran.raw.sample_instructions, default=None),
        cycles=counted,
        time_us=time_us,
        stages=_stages(plan.graph, ears.features, layers, ran.raw, modelled),
        memory=memory,
        duty=duty,
        computing_uw=None if energy_pj is None else energy_pj / 1e6 / step_s,
        sleeping_uw=_sleeping_uw(chosen, duty),
        host_seconds=time.perf_counter() - started,
        scores=scores,
        features=_features(ears, sound.samples),
        recipe=recipe_for(graph, chosen, wish),
        cycle_model=cycle_model,
        warnings=(
            *sound.recording.notices,
            *_too_short(detector, steps, step_s),
            *ears.warnings,
            *notices(graph, plan),
        ),
    )


def _too_short(detector: Detector, steps: int, step_s: float) -> tuple[str, ...]:
    """That a recording ends before so many scores count as a mean is of."""
    needed = detector.warmup_steps + detector.smoothing
    if steps >= needed:
        return ()
    return (
        f"the recording is {steps * step_s:.2f} s long, and {detector.warmup_steps * step_s:.2f} s of warm-up do not "
        f"count: give one of {needed * step_s:.2f} s or more, with silence before the word",
    )


def _sound(recording: str | Path | np.ndarray | Sound, rate_hz: int, least: int) -> Sound:
    if isinstance(recording, np.ndarray):
        return as_sound(recording, rate_hz, least)
    if isinstance(recording, Sound):
        return recording
    return read_sound(recording, rate_hz, least)


def _run(c: Compiled, samples: np.ndarray, count: int, size: int, timeout_s: float) -> tuple[Ran, tuple[int, ...]]:
    """What came out of the first steps, and which of them were profiled."""
    inputs = samples[: count * size].reshape(count, size).view(np.uint8)
    every = max(1, count // MODELLED_STEPS)
    chosen = Chosen(min(every // 2, count - 1), every) if c.plan.target.timing is not None else None
    raw = c.execute_bytes(inputs, c.output_bytes, timeout_s, chosen=chosen)
    profiled = tuple(range(chosen.first, count, every)) if chosen and raw.chosen_profiles else ()
    return read_run(c.code, raw), profiled


def _hosted_scores(graph: Graph, samples: np.ndarray, steps: int, size: int, timeout_s: float) -> np.ndarray:
    shape = graph.tensors[graph.arguments[0]].type.shape
    here = hosted(graph, timeout_s=timeout_s)
    return to_scores(here(samples[: steps * size].reshape(steps, *shape)))


def _features(ears: Ears, samples: np.ndarray) -> np.ndarray:
    """What the front end makes of the whole recording, int8 [frames, bands]."""
    if ears.front is None:
        return np.zeros((0, 0), np.int8)
    x, y = (ears.front.tensors[n].type for n in (ears.front.arguments[0], ears.front.results[0]))
    hops = len(samples) // x.size
    found = hosted(ears.front)(samples[: hops * x.size].reshape(hops, *x.shape))
    return np.asarray(found).reshape(-1, y.shape[-1])


def _sleeping_uw(target: Target, duty: float | None) -> float | None:
    """Average power of the sleep between steps; None where the board's file has none, or nothing is left of a step."""
    sleep = target.constant("sleep_uw")
    return None if sleep is None or duty is None or duty > 1 else sleep.figure.value * (1 - duty)


def _heard(event: Event, detector: Detector, step_s: float) -> Heard:
    return Heard(detector.words[event.word], event.step, (event.step + 1) * step_s, event.score)


def _mean(counts: Sequence[int]) -> int | None:
    return round(sum(counts) / len(counts)) if counts else None


def _mean_layers(c: Compiled, raw: RawRun, modelled: Sequence[Modelled]) -> tuple[Layer, ...]:
    """The steps of the plan, with their means over all steps of the recording."""
    means = [
        np.rint(counts.mean(axis=0)).astype(int).tolist() if counts.size else [None] * len(c.plan.steps)
        for counts in (raw.all_step_instructions, raw.all_step_cycles)
    ]
    timed = (*modelled[:-1],) if modelled else (None,) * len(c.plan.steps)
    return tuple(
        replace(layer, instructions=i, cycles=k, modelled=m)
        for layer, i, k, m in zip(c.layers(raw), *means, timed, strict=True)
    )


def _stages(
    graph: Graph, features: str, layers: Sequence[Layer], raw: RawRun, modelled: Sequence[Modelled]
) -> tuple[Stage, ...]:
    """Front end, network, and what follows them in a step."""
    front = front_tensors(graph, features)
    ahead = tuple(x for x in layers if x.name in front)
    behind = tuple(x for x in layers if x.name not in front)
    found = [_stage(name, part) for name, part in ((FRONT_END, ahead), (NETWORK, behind)) if part]
    instructions = _rest(raw.sample_instructions, raw.all_step_instructions)
    cycles = _rest(raw.sample_cycles, raw.all_step_cycles)
    return (*found, Stage(DETECTOR, instructions, cycles, modelled[-1] if modelled else None, ()))


def _stage(name: str, layers: tuple[Layer, ...]) -> Stage:
    timed = [x.modelled for x in layers if x.modelled is not None]
    whole = Modelled(sum(m.cycles for m in timed), sum(m.low for m in timed), sum(m.high for m in timed))
    instructions = _sum([x.instructions for x in layers])
    return Stage(name, instructions, _sum([x.cycles for x in layers]), whole if timed else None, layers)


def _sum(counts: Sequence[int | None]) -> int | None:
    known = [c for c in counts if c is not None]
    return sum(known) if known and len(known) == len(counts) else None


def _rest(samples: Sequence[int], steps: np.ndarray) -> int | None:
    """The mean of what is in no step."""
    return round(float(np.mean(np.array(samples) - steps.sum(axis=1)))) if samples else None
