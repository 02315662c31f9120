"""`lapel.cascade`: a recording through an always-on stage and a model that listens, beside the model alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lapel.audio.listener import step_samples
from lapel.cascades.gate import gate, listened, spans, sustained
from lapel.cascades.simulator import Candidate, Simulator, active_steps
from lapel.cascades.stages import rows_of, stages_of
from lapel.errors import InputError
from lapel.frontends import Model, load
from lapel.ir import Graph
from lapel.proving.ears import Ears
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
    rows_of(graph.name, size, asked)
    steps = whole_steps(samples, size)
    stages = stages_of(Ears(graph, detector, rate_hz), asked)
    made, _, _ = simulate(Simulator(stages), steps)
    first = gate(asked, size // asked.hop_samples)
    return made if target is None else _with_costs(made, first, graph, steps, target)


def whole_steps(samples: np.ndarray, size: int) -> np.ndarray:
    """int16 [steps, size]: samples, int16 [count], without what fills no step. Raises InputError."""
    if samples.dtype != np.int16 or samples.ndim != 1 or len(samples) < size:
        raise InputError(f"samples are {samples.dtype} {list(samples.shape)}, expected int16 [count], a step or more")
    return samples[: len(samples) // size * size].reshape(-1, size)


def simulate(stages: Simulator, steps: np.ndarray) -> tuple[Cascaded, tuple[Event, ...], int]:
    """Steps, int16 [N, samples], through a cascade and its words alone; the cascade's events, and how often one was
    checked."""
    gating, graph = stages.stages.gating, stages.stages.words
    asked, detector, rate_hz = gating.asked, gating.hearing.detector, gating.hearing.rate_hz
    active = active_steps(stages.rows(steps), asked)
    open_spans = spans(sustained(active, asked.onset_steps), asked.hangover_steps, asked.preroll_steps)
    thresholds = gating.check.thresholds if gating.check else ()
    alone = [e for e, _ in _heard(stages, steps, [(0, len(steps))], asked)]
    heard = _heard(stages, steps, open_spans, asked)
    events = [e for e, c in heard if c.passes(thresholds)]
    near = round(SAME_S * rate_hz / steps.shape[1])
    made = Cascaded(
        model=graph.name,
        target=None,
        cascade=asked,
        seconds=steps.size / rate_hz,
        steps=len(steps),
        step_ms=1000 * steps.shape[1] / rate_hz,
        active_steps=int(active.sum()),
        listened_steps=listened(open_spans, len(steps), asked),
        openings=len(open_spans),
        events=len(events),
        events_alone=len(alone),
        missed=_unmatched(alone, events, near),
        added=_unmatched(events, alone, near),
        ring_bytes=2 * steps.shape[1] * asked.preroll_steps,
        warnings=_warnings(detector, asked),
    )
    return made, tuple(events), len(heard) if gating.check else 0


def _heard(
    stages: Simulator, steps: np.ndarray, runs: Sequence[tuple[int, int]], asked: Cascade
) -> list[tuple[Event, Candidate]]:
    """Detections in runs of steps, before each of which the detector begins anew; the words' state is kept."""
    found = stages.candidates(stages.runs(steps, runs, asked), stages.stages.gating.hearing.detector)
    return [(Event(c.event.word, c.event.step + runs[k][0], c.event.score), c) for k, c in found]


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
