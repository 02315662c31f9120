"""Whether an integer model was made of a float model at all: by their weights, which quantization hardly changes."""

from __future__ import annotations

import numpy as np

from lapel.ir import Graph
from lapel.ir.numbers import numbers
from lapel.ir.signature import is_float
from lapel.ops import registry
from lapel.planning.labels import labels

LOOKED_AT = 4
"""Layers; one of them that is found says that the models are related."""
LEAST_WEIGHTS = 16
LEAST_LIKE = 0.5
"""Correlation, channel by channel, below which weights are not the same. Int8 leaves 0.99 and more, four bits 0.98, and
normalization that is folded in scales channels; weights of two trainings from other random numbers have about 0."""


def unlike_weights(graph: Graph, floats: Graph) -> str:
    """A sentence if none of the first layers has its weights in the float model; "" if one has, or none has any."""
    theirs = [
        np.asarray(t.data, np.float64) for t in floats.tensors.values() if t.data is not None and is_float(t.type)
    ]
    best: tuple[float, str] | None = None
    names = labels(graph)
    for layer, w in _weights(graph)[:LOOKED_AT]:
        like = max((likeness(w, other) for other in theirs if other.size == w.size), default=0.0)
        if like >= LEAST_LIKE:
            return ""
        best = (like, layer) if best is None else best
    if best is None:
        return ""
    found = f"the weights of {names[best[1]]} are none of {floats.name}'s: correlation {best[0]:.2f} with the likest"
    return f"{found}, expected about 1: it is another training's model, give the one that this was made from"


def _weights(graph: Graph) -> list[tuple[str, np.ndarray]]:
    """(output, real weights) of the layers that multiply some."""
    found = []
    for node in graph.nodes:
        if not registry()[node.op].macs(graph.instance(node)):
            continue
        data = [(graph.tensors[i].type, graph.tensors[i].data) for i in node.inputs if i]
        constants = [numbers(t, d) for t, d in data if d is not None and d.size >= LEAST_WEIGHTS]
        if constants:
            found.append((node.outputs[0], max(constants, key=lambda c: c.size)))
    return found


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """The median over channels of how weights of the same size correlate, along the axis where they do so best."""
    if a.shape != b.shape:
        b = b.reshape(a.shape)
    return max(_along(np.moveaxis(a, axis, 0), np.moveaxis(b, axis, 0)) for axis in (0, a.ndim - 1))


def _along(a: np.ndarray, b: np.ndarray) -> float:
    x, y = a.reshape(len(a), -1), b.reshape(len(b), -1)
    if x.shape[1] < LEAST_WEIGHTS:  # few numbers correlate by chance
        x, y = x.reshape(1, -1), y.reshape(1, -1)
    x, y = x - x.mean(axis=1, keepdims=True), y - y.mean(axis=1, keepdims=True)
    whole = np.sqrt(np.square(x).sum(axis=1) * np.square(y).sum(axis=1))
    alive = whole > 0
    return float(np.median(np.abs((x * y).sum(axis=1)[alive]) / whole[alive])) if alive.any() else 0.0
