"""`quantize`: a float model and calibration data -> the integer model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.errors import InputError, UnsupportedModel, UsageError, shown
from lapel.frontends import Model, load
from lapel.ir import Graph
from lapel.ir.signature import is_float
from lapel.ops import evaluate
from lapel.proving.inputs import take
from lapel.proving.run import Progress
from lapel.quantization import choose_types, convert, observe, observers
from lapel.wish import AS_IT_COMES, Quantization

FEW_SAMPLES = 8
"""Below this, ranges are what those few happen to hold."""


@dataclass(frozen=True, eq=False)
class Quantized:
    """graph: the integer model. warnings: what a user has to know about how it came about, a sentence each."""

    graph: Graph
    warnings: tuple[str, ...]


def quantize(
    model: Model,
    data: Any,
    wish: Quantization = AS_IT_COMES,
    *,
    name: str | None = None,
    progress: Progress = lambda stage: None,
) -> Quantized:
    """Quantize a float model after training.

    model: see `lapel.load`. data: samples like those that the model will see, as `lapel.predict` takes them; of a model
    with state one sequence. wish: see `lapel.Quantization`. progress: called with each stage's name.

    Raises InputError for data that does not fit, is not finite or is none, UsageError for a model that is quantized
    already, UnsupportedModel for one that has weights which are no numbers, or that kernels cannot compute.
    """
    graph = load(model, name=name)
    check_float(graph)
    if data is None:
        raise InputError(f"{graph.name}: no calibration data was given, expected samples: give some like its inputs")
    given = take(graph, data)
    count = len(next(iter(given.samples.values()))) if given.samples else 0
    warnings = list(given.warnings)
    if count < FEW_SAMPLES:
        found = f"{count} calibration sample{'' if count == 1 else 's'}"
        warnings.append(f"{found}, expected at least {FEW_SAMPLES}: ranges are what these happen to hold, give more")
    progress("looking at ranges")
    seen = observe(graph, given.samples, observers()[wish.observer])
    ranges = {n: o.found(wish.activations) for n, o in seen.items()}
    progress("quantizing")
    types = choose_types(graph, ranges, wish.activations)
    made = convert(graph, types, weight_bits=wish.weight_bits)
    return Quantized(replace(made, origin=replace(made.origin, scores=float_scores(graph))), tuple(warnings))


def float_scores(graph: Graph) -> Callable[[np.ndarray], np.ndarray] | None:
    """`Origin.scores` of a float graph of one input and one output, without state."""
    if len(graph.inputs) != 1 or len(graph.outputs) != 1:
        return None
    (x,), (y,) = graph.inputs, graph.outputs

    def scores(samples: np.ndarray) -> np.ndarray:
        shaped = samples.astype(np.float32).reshape(-1, *graph.tensors[x].type.shape)
        found = np.stack([evaluate(graph, {x: v})[y] for v in shaped])
        return found.reshape(len(samples), -1).astype(np.float64)

    return scores


def check_float(graph: Graph) -> None:
    """Raise UsageError for a graph that is no float one, UnsupportedModel for one whose constants are not finite."""
    done = [n for n, t in graph.tensors.items() if t.type.quant is not None]
    if done:
        found = f"{len(done)} of {len(graph.tensors)} tensors are quantized already ({shown(done[0])!r})"
        raise UsageError(f"{graph.name}: {found}, expected a float model: give the one that it was made from")
    if not graph.arguments:
        raise UsageError(f"{graph.name} has no inputs, so that there is nothing to quantize: it is a constant")
    floats = [t for t in graph.tensors.values() if t.data is not None and is_float(t.type)]
    bad = [t.name for t in floats if t.data is not None and not np.isfinite(t.data).all()]
    if bad:
        problems = [
            f"constant {shown(n)!r} has NaN or infinite values, expected finite numbers: train again" for n in bad
        ]
        raise UnsupportedModel(graph.name, problems)
