"""Factors and terms of channels folded into the weights of the layer before or behind them: batch normalization.

    y = layer(x, w, b) · c  -->  y = layer(x, w · c, b · c)
    y = layer(x, w, b) + c  -->  y = layer(x, w, b + c)
    y = layer(x · c, w, b)  -->  y = layer(x, w · c, b)
    y = layer(x + c, w, b)  -->  y = layer(x, w, b + w · c), if that is the same everywhere: no window is cut by an edge

Over the reals; the new weights are computed in float64 and rounded once. What is divided or subtracted is a factor or
term as well. The layers are those with constant weights and no activation yet, whose result nothing else reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.ir import Graph, Instance, Node, Tensor, Type
from lapel.ops import registry
from lapel.quantization.layers import Layer, layer_of
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes


@dataclass(frozen=True, eq=False)
class Affine:
    """factor[c] · x + term[c] for each channel c of the tensor x; float64 [C]."""

    x: str
    factor: np.ndarray
    term: np.ndarray


class Folding:
    """One pass over a graph: the nodes that are left, and the constants that were made."""

    def __init__(self, graph: Graph) -> None:
        self.graph, self.readers = graph, count_readers(graph)
        self.nodes: list[Node | None] = []
        self.at: dict[str, int] = {}
        self.made: dict[str, Tensor] = {}
        self.count = 0

    def run(self) -> None:
        for node in self.graph.nodes:
            affine = self.affine(node)
            if affine is not None and self.into_maker(node, affine):
                continue
            self.at.update(dict.fromkeys(node.outputs, len(self.nodes)))
            self.nodes.append(node)
            while self.into_reader(len(self.nodes) - 1):
                pass

    def tensor(self, name: str) -> Tensor:
        return self.made.get(name) or self.graph.tensors[name]

    def instance(self, node: Node) -> Instance:
        inputs = tuple(self.tensor(i) if i else None for i in node.inputs)
        return Instance(node, inputs, tuple(self.graph.tensors[o] for o in node.outputs))

    def affine(self, node: Node) -> Affine | None:
        """What a node does to each channel, if it is no more than that."""
        inst = self.instance(node)
        if len(inst.inputs) != 2 or node.attrs.get("activation", "none") != "none":
            return None
        y = inst.y()
        if y.dtype != "float32" or not y.shape:
            return None
        for k in (0, 1):
            c = _channels(inst.const(1 - k), y.shape)
            if c is not None and inst.x(k) == y and inst.const(k) is None:
                made = registry()[node.op].affine(inst, k, c)
                return None if made is None else Affine(node.inputs[k], *made)
        return None

    def into_maker(self, node: Node, affine: Affine) -> bool:
        """Fold into the layer before it; whether that was done."""
        place = self.at.get(affine.x)
        before = None if place is None else self.nodes[place]
        if before is None or place is None or self.readers[affine.x] != 1:
            return False
        layer = layer_of(self.instance(before))
        if layer is None or before.attrs["activation"] != "none":
            return False
        w, bias = layer.weights(), layer.biases()
        shape = [1] * w.ndim
        shape[_outputs_axis(layer)] = -1
        changed = self.with_weights(before, w * affine.factor.reshape(shape), bias * affine.factor + affine.term)
        self.nodes[place] = replace(changed, outputs=node.outputs)
        self.at[node.outputs[0]] = place
        self.count += 1
        return True

    def into_reader(self, place: int) -> bool:
        """Fold what stands before a layer into it; whether that was done."""
        node = self.nodes[place]
        maker = self.at.get(node.inputs[0]) if node is not None and node.inputs else None
        before = None if maker is None else self.nodes[maker]
        affine = None if before is None else self.affine(before)
        if node is None or maker is None or affine is None or self.readers[node.inputs[0]] != 1:
            return False
        layer = layer_of(self.instance(node))
        factor = None if layer is None else _of_inputs(layer, affine.factor)
        shift = None if layer is None else _shift(layer, affine.term)
        if layer is None or factor is None or shift is None:
            return False
        changed = self.with_weights(node, layer.weights() * factor, layer.biases() + shift)
        self.nodes[place] = replace(changed, inputs=(affine.x, *changed.inputs[1:]))
        self.nodes[maker] = None
        self.count += 1
        return True

    def with_weights(self, node: Node, w: np.ndarray, bias: np.ndarray) -> Node:
        """The node with other weights and a bias."""
        bias_name = node.inputs[2] if len(node.inputs) > 2 and node.inputs[2] else f"{node.name}/bias"
        names = [self.keep(old, data) for old, data in ((node.inputs[1], w), (bias_name, bias))]
        return replace(node, inputs=(node.inputs[0], *names))

    def keep(self, old: str, data: np.ndarray) -> str:
        """The name of a new constant instead of an old one, which other nodes may read."""
        name = old
        if old not in self.made:
            name = f"{old}/folded"
            while name in self.graph.tensors or name in self.made:
                name += "+"
        self.made[name] = Tensor(name, Type(data.shape, "float32"), data.astype(np.float32))
        return name


def fold_scaling(graph: Graph) -> tuple[Graph, list[Note]]:
    """Fold products and sums with constants, channel by channel, into weights and biases."""
    folding = Folding(graph)
    folding.run()
    if not folding.count:
        return graph, []
    note = Note("scaling", f"{folding.count} products and sums by the channel are now part of weights and biases")
    return with_nodes(graph, [n for n in folding.nodes if n is not None], folding.made), [note]


def _channels(c: np.ndarray | None, shape: tuple[int, ...]) -> np.ndarray | None:
    """[C]: a constant that differs along the last axis alone."""
    if c is None or c.dtype != np.float32 or c.size not in (1, shape[-1]) or c.shape[-1:] not in ((), (c.size,)):
        return None
    return np.broadcast_to(c.reshape(-1).astype(np.float64), shape[-1:])


def _outputs_axis(layer: Layer) -> int:
    assert layer.kind.axis is not None, "a layer's weights have an axis of its outputs"
    return layer.kind.axis


def _of_inputs(layer: Layer, values: np.ndarray) -> np.ndarray | None:
    """Values of input channels, as they broadcast to the weights that read these."""
    w, out, axis = layer.w.type.shape, _outputs_axis(layer), layer.kind.reads
    if axis is None:  # a filter reads one channel, several filters in a row the same one
        shape = [1] * len(w)
        shape[out] = -1
        return np.repeat(values, w[out] // len(values)).reshape(shape)
    groups, rest = divmod(len(values), w[axis])
    if groups == 0 or rest or layer.x.type.shape[0] != layer.y.type.shape[0]:
        return None  # filters that read several rows, or parts of one
    rows = np.repeat(values.reshape(groups, -1), w[out] // groups, axis=0)
    return rows.reshape([n if a in (out, axis) else 1 for a, n in enumerate(w)])


def _shift(layer: Layer, term: np.ndarray) -> np.ndarray | None:
    """float64 [channels]: what a term of the input adds to the output; None if that is not the same everywhere."""
    if not term.any():
        return np.zeros(layer.channels)
    sums = layer.sums(np.broadcast_to(term, layer.x.type.shape), layer.weights()).reshape(-1, layer.channels)
    return sums[0] if np.allclose(sums, sums[0], rtol=1e-9, atol=1e-9 * np.abs(sums).max()) else None
