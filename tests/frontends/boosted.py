"""What tests of boosted trees share: samples at the thresholds, and the bound of integer sums."""

from __future__ import annotations

import numpy as np

import lapel
from lapel.ir import Graph
from lapel.ops.forest import trees


def edges(graph: Graph, x: np.ndarray, count: int = 400, seed: int = 0) -> np.ndarray:
    """float32 [count, F]: rows of x with values that are thresholds of theirs, next to one, or NaN of either sign."""
    found, rng = trees(graph.instance(graph.nodes[0])), np.random.default_rng(seed)
    stored = graph.instance(graph.nodes[0]).const(2)
    assert stored is not None and stored.dtype == np.float32
    made = x[rng.integers(len(x), size=count)].astype(np.float32)
    for feature in range(x.shape[1]):
        near = stored[found.nodes[:, 0] == feature]
        if len(near):
            near = np.concatenate([near, *(np.nextafter(near, np.float32(end)) for end in (np.inf, -np.inf))])
            made[:, feature] = np.where(rng.random(count) < 0.7, rng.choice(near, count), made[:, feature])
    if graph.origin.missing:
        empty = rng.random(made.shape) < 0.1
        made[empty] = np.where(rng.random(made.shape) < 0.5, np.float32(np.nan), -np.float32(np.nan))[empty]
    return made


def check_sums(graph: Graph, x: np.ndarray, want: np.ndarray, slack: float = 0.0) -> None:
    """The integers' sums are those of the library, float [n, O], but for half a step a tree; slack: of its own sums."""
    y = graph.tensors[graph.outputs[0]].type
    assert y.quant is not None and y.dtype == "int32"
    (scale,) = y.quant.scale
    count = len(trees(graph.instance(graph.nodes[0])).roots)
    made = sums(graph, x)
    assert np.abs(made - want.reshape(len(x), -1)).max() <= ((count + 1) / 2 * scale) * 1.001 + slack


def sums(graph: Graph, x: np.ndarray) -> np.ndarray:
    """float64 [n, O] of the integer graph."""
    from lapel.families.trees import float_keys

    found = trees(graph.instance(graph.nodes[0]))
    t, y = (graph.tensors[n].type for n in (graph.inputs[0], graph.outputs[0]))
    codes = float_keys(x) if t.dtype == "float32" else np.rint(x / t.scale + t.zero).astype(t.dtype)
    return np.asarray(found.sums(codes) * y.scale)


def classes_agree(graph: Graph, x: np.ndarray, want: np.ndarray) -> float:
    """The share of samples of which the graph says these classes."""
    return float((np.asarray(lapel.predict(graph, x)) == want).mean())
