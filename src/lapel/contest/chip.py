"""A graph's firmware over held-out samples on the emulated core: what it says, and what that takes at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import Mismatch
from lapel.ir import Graph
from lapel.measuring import plan_for
from lapel.planning import Plan
from lapel.proving import judge, scoring
from lapel.proving.bits import count_mismatches
from lapel.proving.cycles import modelled
from lapel.proving.firmware import Compiled, compiled
from lapel.proving.inputs import take
from lapel.proving.notices import notices
from lapel.proving.parts import flash_parts
from lapel.proving.run import reference_outputs
from lapel.proving.samples import Samples, from_bytes, to_bytes
from lapel.records import CycleModel, Memory, OnChip, Score
from lapel.simulate import RawRun
from lapel.targets import Target
from lapel.wish import Wish

AT_ONCE_BYTES = 1 << 18
"""Of samples that one run of the emulator gets."""
Say = Callable[[str], None]


@dataclass(frozen=True)
class Bench:
    """Where and how firmware is run. timeout_s: host seconds for each run of an emulator."""

    target: Target
    wish: Wish
    timeout_s: float
    say: Say


def judged(graph: Graph, x: np.ndarray, labels: Any) -> Score:
    """How the reference, which is what firmware computes, meets labels."""
    outputs = scoring.real_outputs(graph, reference_outputs(graph, take(graph, x).samples))
    return scoring.targets(graph, labels, len(labels)).score(graph, outputs)


def on_chip(graph: Graph, x: np.ndarray, labels: Any, bench: Bench) -> OnChip:
    """Run every sample. graph: what firmware computes (`lapel.proving.models.load`).

    Raises DoesNotFit, CompileError, SimulationError, and Mismatch should an output differ from the reference's.
    """
    given = take(graph, x)
    samples, case = given.samples, judge.prepare(graph, given, labels, None, len(x))
    plan = plan_for(graph, bench.target, bench.wish, bench.say, bench.timeout_s)
    with compiled(plan, graph, "count", timeout_s=bench.timeout_s) as c:
        ran = _run(c, samples, len(x), bench)
        parts = flash_parts(c)
        model = _slowest(c, samples, ran, bench)
        memory = _memory(c, ran)
    outputs, expected = _outputs(graph, plan, ran), reference_outputs(graph, samples)
    wrong = count_mismatches(outputs, expected)
    if wrong:
        raise Mismatch(f"{graph.name}: {wrong} samples on {bench.target.name} differ from the reference: lapel diff")
    verdict = judge.judge(case, outputs, expected, reference_outputs)
    assert verdict.score is not None
    figures = _figures(bench.target, ran, model)
    said = (*notices(graph, plan), *verdict.warnings)
    return OnChip(
        samples=len(x),
        score=verdict.score,
        float_score=verdict.float_score,
        memory=memory,
        parts=parts,
        warnings=said,
        **figures,
    )


def _run(c: Compiled, samples: Samples, count: int, bench: Bench) -> list[RawRun]:
    """Runs of as many samples as one may have."""
    given = to_bytes(c.graph, samples)
    most = max(1, AT_ONCE_BYTES // given.shape[1])
    runs = []
    for k in range(0, count, most):
        bench.say(f"{c.graph.name}: held-out samples {k + 1:,} to {min(k + most, count):,} of {count:,} on the chip")
        runs.append(c.execute_bytes(given[k : k + most], c.output_bytes, bench.timeout_s))
    return runs


def _slowest(c: Compiled, samples: Samples, runs: list[RawRun], bench: Bench) -> CycleModel | None:
    """The cycle model's account of the sample with most instructions; None where there is no model."""
    if bench.target.timing is None:
        return None
    counts = [n for r in runs for n in r.sample_instructions]
    at = int(np.argmax(counts)) if counts else 0
    raw = c.execute({name: values[at : at + 1] for name, values in samples.items()}, bench.timeout_s)
    found, _ = modelled(c.firmware, raw, c.layers(raw))
    return found


def _memory(c: Compiled, runs: list[RawRun]) -> Memory:
    """Of all runs, the most."""
    found = [c.memory(r) for r in runs]
    return max(found, key=lambda m: (m.stack_bytes, m.arena_used_bytes))


def _outputs(graph: Graph, plan: Plan, runs: list[RawRun]) -> Samples:
    """By name."""
    said = from_bytes(plan.graph, np.concatenate([r.outputs for r in runs])).values()
    return dict(zip(graph.results, said, strict=True))


def _figures(target: Target, runs: list[RawRun], model: CycleModel | None) -> dict[str, Any]:
    """Fields of `OnChip` that are of time."""
    instructions = [n for r in runs for n in r.sample_instructions]
    counted = [n for r in runs for n in r.sample_cycles]
    cycles = max(counted) if counted else None if model is None else model.inference.cycles
    pj = target.pj_per_cycle
    return {
        "instructions": max(instructions) if instructions else None,
        "mean_instructions": float(np.mean(instructions)) if instructions else None,
        "cycles": cycles,
        "mean_cycles": float(np.mean(counted)) if counted else None,
        "cycles_are": None if cycles is None else "counted" if counted else "modelled",
        "time_us": None if cycles is None or not target.clock_hz else cycles * 1e6 / target.clock_hz,
        "energy_uj": None if cycles is None or not pj else cycles * pj / 1e6,
    }
