"""A quantized graph beside the float model that it was made from, which its file does not name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod

import numpy as np

from lapel.errors import UsageError, shown
from lapel.frontends import Model, load
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.records import Score


def with_float_model(graph: Graph, float_model: Model) -> Graph:
    """The graph, knowing its float model: `Origin.scores` computes it.

    float_model: see `lapel.load`; of one input and one output, with as many values as the graph's. Its input stands for
    what the graph's does (the same pixels, say). Raises UsageError where it cannot be the same network.
    """
    floats = load(float_model)
    where = f"{shown(floats.name)}, as the float model of {shown(graph.name)}"
    if any(t.type.quant is not None for t in floats.tensors.values()):
        raise UsageError(f"{where}: it is quantized itself, expected a float model: give the one that it was made from")
    scores = float_scores(floats)
    if scores is None or len(graph.arguments) != 1 or len(graph.results) != 1:
        found = f"{len(floats.inputs)} inputs and {len(floats.outputs)} outputs (states are both)"
        raise UsageError(f"{where}: found {found}, expected one of each, as of the quantized one: give float outputs")
    for what, ours, theirs in (
        ("input", graph.arguments[0], floats.arguments[0]),
        ("output", graph.results[0], floats.results[0]),
    ):
        found_shape, shape = floats.tensors[theirs].type.shape, graph.tensors[ours].type.shape
        if not _same(found_shape, shape):
            expected = f"expected {list(shape)}, as of the quantized one: give the model that it was made from"
            raise UsageError(f"{where}: its {what} is {list(found_shape)}, {expected}")
    return replace(graph, origin=replace(graph.origin, scores=scores))


def known_agreement(graph: Graph) -> Score | None:
    """What is known of a graph's agreement with its float model."""
    found = graph.origin.agreement
    if found is None:
        return None
    return Score(accuracy=found.share) if found.of == "classes" else Score(r2=found.share)


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


def _same(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
    """Whether values of two shapes are the same in their order: equal but for ones, or one of them flat."""
    long = [tuple(d for d in shape if d != 1) for shape in (a, b)]
    return prod(a) == prod(b) and (long[0] == long[1] or min(map(len, long)) <= 1)
