"""Factors and terms of channels folded into the weights of the layer before or behind them: batch normalization.

    y = layer(x, w, b) · c  -->  y = layer(x, w · c, b · c)
    y = layer(x, w, b) + c  -->  y = layer(x, w, b + c)
    y = layer(x · c, w, b)  -->  y = layer(x, w · c, b)
    y = layer(x + c, w, b)  -->  y = layer(x, w, b + w · c), if no window reaches into padding

Over the reals; the new weights are computed in float64 and rounded once. What is divided or subtracted is a factor or
term as well. The layers are those with constant weights and no activation yet, whose result nothing else reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.ir import Graph, Instance, Node, Tensor, Type
from lapel.records import Note
from lapel.rewrites.edit import count_readers, with_nodes

WEIGHTS = {"conv": (0, 3), "depthwise": (3, 3), "dense": (0, 1), "tconv": (0, 3)}
"""Axes of a layer's weights: of its outputs, and of its inputs or, where a filter reads one, its outputs again."""


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
            if node.op in WEIGHTS:
                while self.into_reader(len(self.nodes) - 1):
                    pass

    def tensor(self, name: str) -> Tensor:
        return self.made.get(name) or self.graph.tensors[name]

    def instance(self, node: Node) -> Instance:
        inputs = tuple(self.tensor(i) if i else None for i in node.inputs)
        return Instance(node, inputs, tuple(self.graph.tensors[o] for o in node.outputs))

    def affine(self, node: Node) -> Affine | None:
        """What a node does to each channel, if it is no more than that."""
        if node.op not in ("mul", "div", "add", "sub") or node.attrs["activation"] != "none":
            return None
        inst = self.instance(node)
        y = inst.y()
        if y.dtype != "float32" or not y.shape:
            return None
        for k in (0, 1):
            c = _channels(inst.const(1 - k), y.shape)
            if c is not None and inst.x(k) == y and inst.const(k) is None:
                made = _affine(node.op, k, c)
                return None if made is None else Affine(node.inputs[k], *made)
        return None

    def into_maker(self, node: Node, affine: Affine) -> bool:
        """Fold into the layer before it; whether that was done."""
        place = self.at.get(affine.x)
        before = None if place is None else self.nodes[place]
        if before is None or place is None or before.op not in WEIGHTS or self.readers[affine.x] != 1:
            return False
        inst = self.instance(before)
        if not _folds(inst):
            return False
        w, bias = _operands(inst, WEIGHTS[before.op][0])
        shape = [1] * w.ndim
        shape[WEIGHTS[before.op][0]] = -1
        changed = self.with_weights(before, w * affine.factor.reshape(shape), bias * affine.factor + affine.term)
        self.nodes[place] = replace(changed, outputs=node.outputs)
        self.at[node.outputs[0]] = place
        self.count += 1
        return True

    def into_reader(self, place: int) -> bool:
        """Fold what stands before a layer into it; whether that was done."""
        node = self.nodes[place]
        assert node is not None
        maker = self.at.get(node.inputs[0])
        before = None if maker is None else self.nodes[maker]
        affine = None if before is None else self.affine(before)
        inst = self.instance(node)
        if maker is None or affine is None or self.readers[node.inputs[0]] != 1 or not _has_weights(inst):
            return False
        out, _ = WEIGHTS[node.op]
        w, bias = _operands(inst, out)
        factor, term = (_of_inputs(inst, v) for v in (affine.factor, affine.term))
        if factor is None or term is None or (term.any() and not _is_inside(inst)):
            return False
        others = tuple(a for a in range(w.ndim) if a != out)
        changed = self.with_weights(node, w * factor, bias + (w * term).sum(axis=others))
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


def _affine(op: str, k: int, c: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Factor and term of `op` where the tensor is operand k and c the other one."""
    ones = np.ones_like(c)
    if op == "mul":
        return c, 0 * ones
    if op == "add":
        return ones, c
    if op == "sub":
        return (ones, -c) if k == 0 else (-ones, c)
    return (ones / c, 0 * ones) if k == 0 and c.all() else None


def _has_weights(inst: Instance) -> bool:
    """Whether weights and bias are constants of floats."""
    absent = not inst.has(2)
    return inst.x(1).dtype == "float32" and inst.const(1) is not None and (absent or inst.const(2) is not None)


def _folds(inst: Instance) -> bool:
    return inst.attrs["activation"] == "none" and _has_weights(inst)


def _operands(inst: Instance, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Weights, and bias [O], in float64."""
    w, bias = inst.const(1), inst.const(2)
    assert w is not None
    zeros = np.zeros(w.shape[axis])
    return w.astype(np.float64), zeros if bias is None else bias.astype(np.float64).reshape(-1)


def _of_inputs(inst: Instance, values: np.ndarray) -> np.ndarray | None:
    """Values of input channels, as they broadcast to the weights that read these."""
    w, (out, axis) = inst.x(1).shape, WEIGHTS[inst.node.op]
    if out == axis:
        return np.repeat(values, w[axis] // len(values))
    if len(values) == w[axis]:
        return values
    groups = len(values) // w[axis]
    if inst.node.op != "conv" or groups * w[axis] != len(values):
        return None
    rows = np.repeat(values.reshape(groups, -1), w[0] // groups, axis=0)
    return rows.reshape(w[0], *[1] * (len(w) - 2), w[axis])


def _is_inside(inst: Instance) -> bool:
    """Whether every tap of every window reads the input: only then is a term before it one behind it."""
    return inst.node.op == "dense" or (inst.node.op in ("conv", "depthwise") and not any(inst.attrs["pad"]))
