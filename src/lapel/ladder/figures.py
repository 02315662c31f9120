"""Figures of a network: scores on the test set, and those of its firmware on the emulated core."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.compression.method import kind_of
from lapel.data import Dataset
from lapel.errors import DoesNotFit, InputError, Mismatch, UnsupportedModel
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.planning.labels import labels
from lapel.proving import scoring
from lapel.proving.models import load
from lapel.proving.run import reference_outputs, run
from lapel.proving.samples import MOST_BYTES, prepare
from lapel.records import Judged, Run, RungFirmware, Score
from lapel.targets import Target
from lapel.wish import Wish

Progress = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Found:
    """See the fields of `lapel.records.Rung` by these names."""

    float_score: Judged | None
    reference: Judged | None
    firmware: RungFirmware | None
    unmeasured: str = ""


def check_fits(graph: Graph, data: Dataset) -> None:
    """Raise InputError if samples are none of the network's, or it has another number of outputs than there are
    classes or targets."""
    if len(graph.arguments) != 1 or len(graph.results) != 1:
        found = f"{len(graph.arguments)} inputs and {len(graph.results)} outputs"
        raise InputError(f"{graph.name} has {found}, expected one of each to compress it")
    wanted, sample = graph.tensors[graph.arguments[0]].type, data.x.shape[1:]
    if int(np.prod(sample)) != wanted.size:
        raise InputError(
            f"{data.where}: samples are {list(sample)}, expected {list(wanted.shape[1:])} for {graph.name}"
        )
    outputs = graph.tensors[graph.results[0]].type.size
    single = data.task == "classification" and len(data.classes) == 2 and outputs == 1
    if outputs != data.outputs and not single:
        raise InputError(
            f"{graph.name} has {outputs} outputs, {data.where} has {data.outputs} ({data.task}): give a network that "
            "has as many"
        )


def check_finite(graph: Graph, where: str) -> None:
    """Raise InputError if weights of a network are no numbers."""
    for t in graph.tensors.values():
        if t.data is not None and t.data.dtype.kind == "f" and not np.isfinite(t.data).all():
            raise InputError(
                f"{where}: {t.name!r} of {graph.name} has NaN or infinite values, expected finite numbers: lower "
                "learning_rate, or give another model"
            )


def measure(graph: Graph, target: Target, wish: Wish, test: Dataset, count: int, progress: Progress) -> Found:
    """Score a network on all test samples, build its firmware and run it on `count` of them.

    The reference is scored on all samples; that of a float network, in float32, on those that the firmware runs on.
    What does not fit, or has no kernels, has no firmware, and says why. Raises Mismatch if an output of the firmware is
    not the reference's.
    """
    floats = None
    if kind_of(graph) == "float":
        progress(f"evaluating the float network on {len(test):,} samples")
        floats = Judged(len(test), _judge(graph, test, _float_outputs(graph, _numbers(graph, test))))
    some = spread(test, count)
    try:
        runs = _runs(graph, target, wish, some, progress)
    except (DoesNotFit, UnsupportedModel) as e:
        reference = None if floats is not None else referenced(graph, test, progress)
        return Found(floats, reference, None, e.message.splitlines()[0])
    outputs = np.concatenate([scoring.real_outputs(graph, r.outputs) for r in runs])
    core = Judged(len(some), _judge(graph, some, outputs))
    # Every bit was the reference's, so that the scores of the same samples are.
    reference = core if floats is not None or len(some) == len(test) else referenced(graph, test, progress)
    return Found(floats, reference, _firmware(graph, runs[0], core))


def spread(data: Dataset, count: int) -> Dataset:
    """So many samples, from the first to the last: labels are often sorted. All, if there are no more."""
    return data if count >= len(data) else data.take(np.linspace(0, len(data) - 1, count).astype(np.intp))


def _numbers(graph: Graph, data: Dataset) -> np.ndarray:
    """float32 (N, *shape) of the network's input."""
    return data.numbers().reshape(len(data), *graph.tensors[graph.arguments[0]].type.shape)


def _labels(data: Dataset) -> Any:
    """As `lapel.run` takes them: classes by name."""
    return np.array(data.classes)[data.y] if data.task == "classification" else data.y


def _judge(graph: Graph, data: Dataset, outputs: np.ndarray) -> Score:
    return scoring.targets(graph, _labels(data), len(data)).score(graph, outputs)


def _float_outputs(graph: Graph, x: np.ndarray) -> np.ndarray:
    """float64 (N, K)."""
    name, result = graph.arguments[0], graph.results[0]
    return np.stack([evaluate(graph, {name: sample})[result].reshape(-1) for sample in x]).astype(np.float64)


def referenced(graph: Graph, test: Dataset, progress: Progress) -> Judged:
    """What firmware computes, by its definition."""
    progress(f"computing the reference of {len(test):,} samples")
    exact = load(graph)
    outputs = reference_outputs(exact, prepare(exact, _numbers(exact, test)))
    return Judged(len(test), _judge(exact, test, scoring.real_outputs(exact, outputs)))


def _runs(graph: Graph, target: Target, wish: Wish, data: Dataset, progress: Progress) -> list[Run]:
    """Runs over all samples, no more at once than one run takes."""
    ends = (*graph.arguments, *graph.results)
    most = max(1, MOST_BYTES // sum(graph.tensors[name].type.bytes for name in ends))
    made = []
    for start in range(0, len(data), most):
        part = data.take(np.arange(start, min(start + most, len(data))))
        found = run(graph, target, _numbers(graph, part), wish=wish, progress=progress)
        if not found.bit_exact:
            raise Mismatch(f"{graph.name} on {target.name} differs from the reference: lapel diff says where")
        made.append(found)
    return made


def _firmware(graph: Graph, found: Run, core: Judged) -> RungFirmware:
    model, known = found.cycle_model, labels(graph)
    # Layers are called as recipes call them; what the planner has made of several has the last one's tensor.
    names = {known[n.outputs[0]]: n.name for n in graph.nodes}
    counted = found.cycles is not None
    return RungFirmware(
        core=core,
        memory=found.memory,
        instructions=found.instructions,
        cycles=found.cycles if counted else found.modelled_cycles,
        cycles_are="counted" if counted else "modelled" if model is not None else None,
        energy_uj=None if model is None else model.energy_uj,
        parts=tuple(replace(p, layer=names.get(p.layer, p.layer)) for p in found.parts),
        warnings=found.warnings,
    )
