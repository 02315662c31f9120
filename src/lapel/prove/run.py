"""`run`: a model over samples on an emulated core, every output compared with the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from lapel.errors import InputError
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.plan import Goal
from lapel.prove import fit
from lapel.prove.cycles import modelled
from lapel.prove.firmware import compiled, plan_for, recipe_for
from lapel.prove.samples import Samples, draw, from_bytes, prepare
from lapel.records import Run
from lapel.targets import Target, load_target

Progress = Callable[[str], None]


def run(
    graph: Graph,
    target: str | Target,
    inputs: np.ndarray | Mapping[str, np.ndarray] | None = None,
    *,
    labels: np.ndarray | None = None,
    optimize: Goal = "latency",
    flash_budget: int | None = None,
    whole_input: bool = False,
    timeout_s: float = 600.0,
    progress: Progress = lambda stage: None,
) -> Run:
    """Build the firmware, run it over `inputs` (default: one random sample), compare each output with the reference.

    inputs: see `lapel.prove.samples.prepare`. labels: integer class of each sample (N,), for a model whose single
    output has one score a class. optimize, flash_budget, whole_input: see `lapel.build`. timeout_s: host seconds
    for the emulator. progress: called with each stage's name.

    Raises UnknownTarget, DoesNotFit, InputError, MissingTool, CompileError, SimulationError.
    """
    chosen = load_target(target) if isinstance(target, str) else target
    samples = draw(graph, 1) if inputs is None else prepare(graph, inputs)
    count = len(next(iter(samples.values()))) if samples else 1
    if labels is not None:
        _check_labels(graph, labels, count)
    progress("planning")
    plan = plan_for(graph, chosen, optimize, flash_budget, whole_input, progress, timeout_s)
    progress("compiling")
    with compiled(plan, graph, "count", timeout_s=timeout_s) as c:
        progress(f"running {count} samples on {chosen.core}")
        raw = c.execute(samples, timeout_s)
        memory, (model, layers) = c.memory(raw), modelled(c.firmware, raw, c.layers(raw))
    fit.check_budget(graph.name, chosen, memory.flash_bytes, flash_budget)
    progress("comparing with the reference")
    found = from_bytes(plan.graph, raw.outputs)
    outputs = dict(zip(graph.outputs, found.values(), strict=True))
    expected = reference_outputs(graph, samples)
    return Run(
        model=graph.name,
        target=chosen.name,
        core=chosen.core,
        samples=count,
        macs=plan.macs,
        instructions=raw.instructions,
        cycles=raw.cycles,
        time_us=None if raw.cycles is None or not chosen.clock_hz else raw.cycles * 1e6 / chosen.clock_hz,
        memory=memory,
        layers=layers,
        mismatches=count_mismatches(outputs, expected),
        accuracy=None if labels is None else _accuracy(outputs, labels),
        reference_accuracy=None if labels is None else _accuracy(expected, labels),
        host_seconds=raw.host_seconds,
        outputs=outputs,
        recipe=recipe_for(graph, chosen, optimize, flash_budget, whole_input),
        cycle_model=model,
    )


def reference_outputs(graph: Graph, samples: Samples) -> Samples:
    """The reference's outputs for every sample, by name."""
    count = len(next(iter(samples.values()))) if samples else 1
    rows: dict[str, list[np.ndarray]] = {o: [] for o in graph.outputs}
    for k in range(count):
        values = evaluate(graph, {n: x[k] for n, x in samples.items()})
        for o in graph.outputs:
            rows[o].append(values[o])
    return {o: np.stack(r) for o, r in rows.items()}


def count_mismatches(found: Samples, expected: Samples) -> int:
    """Number of samples of which some output differs."""
    wrong = np.zeros(len(next(iter(expected.values()))), bool)
    for name, want in expected.items():
        # Compared as bytes: NaN equals itself, and -0.0 is not 0.0.
        a, b = (np.ascontiguousarray(v).reshape(len(want), -1).view(np.uint8) for v in (found[name], want))
        wrong |= (a != b).any(axis=1)
    return int(wrong.sum())


def _check_labels(graph: Graph, labels: np.ndarray, count: int) -> None:
    if labels.shape != (count,) or labels.dtype.kind not in "iu":
        raise InputError(f"labels are {labels.dtype}{list(labels.shape)}, expected integers [{count}]")
    if len(graph.outputs) != 1:
        raise InputError(f"{graph.name} has {len(graph.outputs)} outputs; accuracy needs one with a score a class")
    classes = graph.tensors[graph.outputs[0]].type.size
    if labels.min() < 0 or labels.max() >= classes:
        raise InputError(f"labels are in {labels.min()}..{labels.max()}, the model has {classes} classes")


def _accuracy(outputs: Samples, labels: np.ndarray) -> float:
    (scores,) = outputs.values()
    return float((scores.reshape(len(labels), -1).argmax(axis=1) == labels).mean())
