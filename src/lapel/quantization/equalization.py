"""Cross-layer equalization: channels between two layers get like ranges; what one layer loses, the next one gains.

    t = relu(w · x + b), y = v · t  -->  t' = relu(w / s · x + b / s), y = (v · s) · t'

Exact over the reals for s > 0, as relu(a / s) = relu(a) / s. Where weights have a scale a channel, it is the range of t
that has one scale for channels of unlike ranges: s is the range of the channel where a filter of v reads one channel
alone, and the root of it over the share of v's weights where it reads all. Source: Nagel et al., 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lapel.ir import Graph, Node
from lapel.quantization.layers import Layer, layers, with_constants
from lapel.quantization.seen import Seen

WEIGHTS, BIAS = 1, 2
"""Inputs of a layer."""
HOMOGENEOUS = ("none", "relu")
"""Fused activations that factors above 0 pass through."""
LIMITED = {"relu6": 6.0}
"""Activations that are a relu as long as no value is beyond that."""
LEAST = 2.0**-20
"""Of the widest channel: narrower ones hold nothing, and are scaled as if they had that."""


def equalize(graph: Graph, seen: Mapping[str, Seen], unlimit: bool = False) -> tuple[Graph, list[str]]:
    """The graph with equalized channels, and what was done, a line each.

    relu6 becomes relu where no value that was seen is cut by it; unlimit: everywhere, which changes the network.
    """
    graph, notes = _unlimited(graph, seen, unlimit)
    found = list(layers(graph))
    reading = {layer.x.name: layer for layer in found}
    changed: dict[str, dict[int, np.ndarray]] = {}
    for first in found:
        second = reading.get(first.y.name)
        if second is None or not _passes(graph, first):
            continue
        s = _factors(first, second, seen[first.y.name].magnitude)
        if s is not None:
            _scale(first, second, s, changed)
            spread = f"by factors of up to {s.max() / s.min():.3g} against each other"
            notes.append(f"{first.inst.node.name} and {second.inst.node.name} equalized, {spread}")
    return with_constants(graph, changed), notes


def _unlimited(graph: Graph, seen: Mapping[str, Seen], unlimit: bool) -> tuple[Graph, list[str]]:
    """Activations that cut nothing replaced by one that factors pass through."""
    notes = []

    def replaced(node: Node) -> Node:
        end = LIMITED.get(node.attrs.get("activation", ""))
        if end is None or not (unlimit or seen[node.outputs[0]].histogram.hi < end):
            return node
        cuts = "which changes the network" if seen[node.outputs[0]].histogram.hi >= end else "the data never reaches it"
        notes.append(f"{node.name}: {node.attrs['activation']} became relu, {cuts}")
        return replace(node, attrs={**node.attrs, "activation": "relu"})

    return replace(graph, nodes=tuple(map(replaced, graph.nodes))), notes


def _passes(graph: Graph, first: Layer) -> bool:
    """Whether factors of its channels reach one reader, and nobody else."""
    y = first.y.name
    readers = sum(node.inputs.count(y) for node in graph.nodes)
    return readers == 1 and y not in graph.outputs and first.inst.attrs["activation"] in HOMOGENEOUS


def _factors(first: Layer, second: Layer, magnitude: np.ndarray) -> np.ndarray | None:
    """float64 [C]: s of each channel, at most 1; None where a weight of the second reads we do not know which."""
    channels, axis = first.channels, second.kind.reads
    if first.kind.axis is None or second.kind.axis is None or second.x.type.shape[-1:] != (channels,):
        return None
    if axis is None:
        s = _bounded(magnitude)
    elif second.w.type.shape[axis] == channels:
        s = np.sqrt(_bounded(magnitude) / _bounded(_shares(second, axis)))
    else:
        return None
    return np.asarray(s / s.max())


def _shares(layer: Layer, axis: int) -> np.ndarray:
    """float64 [C]: the greatest weight of each input channel, as a share of the greatest of the same filter."""
    w = np.abs(layer.weights())
    assert layer.kind.axis is not None
    others = tuple(a for a in range(w.ndim) if a != layer.kind.axis)
    whole = w.max(axis=others, keepdims=True)
    return np.asarray((w / np.where(whole > 0, whole, 1)).max(axis=tuple(a for a in range(w.ndim) if a != axis)))


def _bounded(values: np.ndarray) -> np.ndarray:
    most = values.max(initial=0.0) or 1.0
    return np.asarray(np.maximum(values, LEAST * most))


def _scale(first: Layer, second: Layer, s: np.ndarray, changed: dict[str, dict[int, np.ndarray]]) -> None:
    """Divide what the first layer makes, and multiply what the second makes of it."""
    for layer in (first, second):
        changed.setdefault(layer.inst.node.name, {WEIGHTS: layer.weights()})
    ours, theirs = changed[first.inst.node.name], changed[second.inst.node.name]
    ours[WEIGHTS] = ours[WEIGHTS] / _along(s, first.kind.axis, ours[WEIGHTS].ndim)
    if first.bias is not None:
        ours[BIAS] = first.biases() / s
    w, reads = theirs[WEIGHTS], second.kind.reads
    if reads is None:  # a filter reads one channel, several filters in a row the same one
        assert second.kind.axis is not None
        theirs[WEIGHTS] = w * _along(s.repeat(w.shape[second.kind.axis] // len(s)), second.kind.axis, w.ndim)
    else:
        theirs[WEIGHTS] = w * _along(s, reads, w.ndim)


def _along(s: np.ndarray, axis: int | None, rank: int) -> np.ndarray:
    return s.reshape([-1 if a == axis else 1 for a in range(rank)])
