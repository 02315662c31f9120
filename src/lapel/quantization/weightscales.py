"""Scales of weights by search: a little clipping of the widest, where that makes the sums more exact.

The error of a channel's sums, for inputs that vary independently, is that of its weights, weighted by how much what
they multiply varies.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.ir import Graph, Type
from lapel.quantization.constants import most_of, scale_limits, scaled_type, weight_rows, widest, within
from lapel.quantization.layers import Layer, layers
from lapel.quantization.seen import Seen

TRIED = 33
"""Scales, from the one that clips nothing down to 1/256 of it."""
STEP = -1 / 4
"""In their logarithm to base 2."""


def search_scales(rows: np.ndarray, importance: np.ndarray, most: int) -> np.ndarray:
    """float64 [O]: of each row [K] the scale with the least error, weighted by `importance` [K] or [O, K]."""
    first = widest(rows, most)
    best, least = first, np.full(len(rows), np.inf)
    for scale in (first * 2 ** (STEP * i) for i in range(TRIED)):
        safe = np.where(scale > 0, scale, 1.0)[:, None]
        error = (importance * (rows - np.clip(np.rint(rows / safe), -most, most) * safe) ** 2).sum(axis=1)
        best, least = np.where(error < least, scale, best), np.minimum(error, least)
    return best


def search_weights(graph: Graph, made: Graph, seen: Mapping[str, Seen], bits: int) -> dict[str, Type]:
    """Types of the weights of a float graph, by name; made: what it was converted to, for the scales of what they
    multiply, at which biases must fit."""
    found = {}
    placed = {n.name: n for n in made.nodes}
    for layer in layers(graph):
        node = placed[layer.inst.node.name]
        x, w, y = (made.tensors[n] for n in (*node.inputs[:2], node.outputs[0]))
        if w.type.quant is None:
            continue
        rows = weight_rows(layer.weights(), layer.kind.axis)
        scales = search_scales(rows, _importance(layer, seen[layer.x.name]), most_of(w.type.dtype, bits))
        scales = within(scales, scale_limits(x.type, y.type, layer.biases()))
        found[layer.w.name] = scaled_type(w.type.shape, w.type.dtype, scales, layer.kind.axis)
    return found


def _importance(layer: Layer, x: Seen) -> np.ndarray:
    """The variance of what each weight of a row multiplies, where the operator says what that is; else 1."""
    axis, shape = layer.kind.reads, layer.w.type.shape
    one = np.ones(1)
    if axis is None:
        return one
    variance = x.variance.reshape(-1, x.variance.shape[-1])
    if x.variance.size == shape[axis]:
        variance = variance.reshape(1, -1)
    if variance.shape[1] != shape[axis]:
        return one  # of groups
    along = variance.mean(axis=0).reshape([-1 if a == axis else 1 for a in range(len(shape))])
    return weight_rows(np.broadcast_to(along, shape), layer.kind.axis)
