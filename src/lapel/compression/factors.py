"""`Factoring`: layers whose weights are a matrix of outputs and inputs, made two layers through fewer channels.

    y = act(w x + b)  -->  t = p w x, y = act(q t + c)        p [rank, outputs], q [outputs, rank]

q has orthonormal columns and p is its transpose: the directions in which the sums w x, or the rows of w, vary most.
Source: Denton et al. (2014), Exploiting linear structure; of outputs: Zhang et al. (2016), Accelerating very deep
convolutional networks, section 3.1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from lapel.data import Dataset
from lapel.errors import TrainingError
from lapel.ir import Graph, Instance, Node, Tensor, Type
from lapel.ir.filters import Filters
from lapel.ops import registry, verify
from lapel.rewrites.edit import count_readers, with_nodes

Criterion = Literal["outputs", "weights"]

WEIGHTS, BIAS = 1, 2
"""Inputs of a layer."""
SAMPLES, BATCH = 512, 64
"""That outputs are looked at of, and of how many at once."""
CHANNEL = 9
"""Weights that a channel more is as dear as: bytes of its bias, multiplier and shift in int8 firmware."""
ROUNDING = 1e-9
"""That a sum of shares may be below what it is."""


@dataclass(frozen=True, eq=False)
class Factoring:
    """A layer that can be made two. spread: float64 [outputs, outputs], of its sums or of the rows of its weights;
    mean: float64 [outputs], about which they vary, bias included."""

    inst: Instance
    filters: Filters
    spread: np.ndarray
    mean: np.ndarray

    @property
    def name(self) -> str:
        """Of the node."""
        return self.inst.node.name

    @cached_property
    def matrix(self) -> np.ndarray:
        """float64 [outputs, inputs of a sum]: the weights."""
        return matrix_of(self.inst, self.filters)

    @cached_property
    def directions(self) -> tuple[np.ndarray, np.ndarray]:
        """float64: shares of the whole variation [outputs], descending, and their directions [outputs, outputs]."""
        values, vectors = np.linalg.eigh(self.spread)
        values = np.maximum(values[::-1], 0)
        return values / (values.sum() or 1.0), vectors[:, ::-1]

    def rank(self, energy: float, multiple: int) -> int:
        """The least rank, a multiple of this, that keeps so much of the variation."""
        kept = np.cumsum(self.directions[0])
        least = int(np.searchsorted(kept, energy * (1 - ROUNDING)) + 1)
        return min(len(kept), -(-least // multiple) * multiple)

    def most(self) -> int:
        """Ranks below this make less firmware and less work of the layer."""
        outputs, inputs = self.matrix.shape
        return -(-outputs * inputs // (outputs + inputs + CHANNEL))

    def saved(self, rank: int) -> tuple[int, int]:
        """Weights and multiply-accumulates that two layers have less."""
        outputs, inputs = self.matrix.shape
        less = outputs * inputs - rank * (outputs + inputs)
        return less, less * (self.inst.y().size // outputs)

    def split(self, rank: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """float32: weights of the first and of the second layer, and the second's bias [outputs]."""
        q, w = self.directions[1][:, :rank], self.inst.x(WEIGHTS).shape
        axis, inputs = self.filters.axis, self.filters.inputs
        assert inputs is not None
        first = (q.T @ self.matrix).reshape(rank, *np.delete(w, axis))
        second = np.moveaxis(q.reshape(len(q), *(1,) * (len(w) - 2), rank), (0, -1), (axis, inputs))
        bias = q @ (q.T @ (bias_of(self.inst) - self.mean)) + self.mean
        return np.moveaxis(first, 0, axis).astype(np.float32), second.astype(np.float32), bias.astype(np.float32)


def find_factorings(graph: Graph, data: Dataset, criterion: Criterion) -> tuple[Factoring, ...]:
    """The layers of a float graph that can be made two; weights that several nodes share are none."""
    readers, found = count_readers(graph), list[tuple[Instance, Filters]]()
    for node in graph.nodes:
        inst, op = graph.instance(node), registry()[node.op]
        filters = op.filters(inst)
        if filters is None or not filters.mixed or filters.inputs is None or op.pointwise(inst) is None:
            continue
        if inst.const(WEIGHTS) is not None and readers[node.inputs[WEIGHTS]] == 1:
            found.append((inst, filters))
    if criterion == "outputs":
        moments = iter(_moments(graph, [inst for inst, _ in found], data))
        return tuple(Factoring(*pair, *next(moments)) for pair in found)
    rows = [matrix_of(*pair) for pair in found]
    return tuple(Factoring(*pair, w @ w.T, bias_of(pair[0])) for pair, w in zip(found, rows, strict=True))


def _moments(graph: Graph, insts: Sequence[Instance], data: Dataset) -> list[tuple[np.ndarray, np.ndarray]]:
    """float64 (covariance [outputs, outputs], mean [outputs]) of what each layer makes before its activation."""
    import torch

    from lapel.training.module import GraphModule
    from lapel.training.operators import torch_operators
    from lapel.training.trainer import check_fit

    check_fit(graph, data)
    module, x = GraphModule(graph), graph.tensors[graph.inputs[0]].type
    constants, wanted = module.values(), tuple({inst.node.inputs[0]: None for inst in insts})
    ops = [torch_operators()[inst.node.op] for inst in insts]
    sums = [(np.zeros(2 * (n,)), np.zeros(n), 0) for n in (inst.y().shape[-1] for inst in insts)]
    order = np.random.default_rng(0).permutation(len(data))[:SAMPLES]
    for at in range(0, len(order), BATCH):
        given = torch.from_numpy(data.numbers(order[at : at + BATCH]).reshape(-1, *x.shape[1:]))
        with torch.no_grad():
            values = {**constants, **dict(zip(wanted, module({graph.inputs[0]: given}, wanted), strict=True))}
            for k, (inst, op) in enumerate(zip(insts, ops, strict=True)):
                made = op.forward(inst, *(values[name] if name else None for name in inst.node.inputs))
                rows = made.numpy().reshape(-1, made.shape[-1]).astype(np.float64)
                square, total, count = sums[k]
                sums[k] = square + rows.T @ rows, total + rows.sum(axis=0), count + len(rows)
    if not all(np.isfinite(square).all() for square, _, _ in sums):
        raise TrainingError(f"{graph.name}: outputs of layers on {data.where} are no finite numbers: train it first")
    means = [(square / count, total / count) for square, total, count in sums]
    return [(square - np.outer(mean, mean), mean) for square, mean in means]


def factor(graph: Graph, ranks: Mapping[Factoring, int]) -> Graph:
    """The graph with these layers made two, of these ranks."""
    by_name = {factoring.name: (factoring, rank) for factoring, rank in ranks.items()}
    tensors, nodes = dict(graph.tensors), list[Node]()
    for node in graph.nodes:
        nodes += _two(*by_name[node.name], tensors) if node.name in by_name else [node]
    return verify(replace(with_nodes(graph, nodes, tensors), file_sha256=""))


def _two(factoring: Factoring, rank: int, tensors: dict[str, Tensor]) -> tuple[Node, Node]:
    """The nodes in the place of one, whose new tensors are added."""
    inst, node = factoring.inst, factoring.inst.node
    attrs = registry()[node.op].pointwise(inst)
    assert attrs is not None
    name, bias = _unused(f"{node.name}/factor", tensors), node.inputs[BIAS] if inst.has(BIAS) else ""
    first, second, offset = factoring.split(rank)
    for constant, data in ((f"{name}/w", first), (node.inputs[WEIGHTS], second)):
        tensors[constant] = Tensor(constant, Type(data.shape, "float32"), data)
    if bias or offset.any():
        bias = _unused(f"{node.name}/bias", tensors)
        tensors[bias] = Tensor(bias, Type(offset.shape, "float32"), offset)
    y = inst.outputs[0]
    tensors[name] = replace(y, name=name, type=replace(y.type, shape=(*y.type.shape[:-1], rank)))
    reduce = Node(node.op, name, (node.inputs[0], f"{name}/w"), (name,), {**node.attrs, "activation": "none"})
    return reduce, replace(node, inputs=(name, node.inputs[WEIGHTS], bias), attrs=attrs)


def _unused(name: str, taken: Mapping[str, Tensor]) -> str:
    while name in taken:
        name += "+"
    return name


def matrix_of(inst: Instance, filters: Filters) -> np.ndarray:
    """float64 [outputs, inputs of a sum]: the weights of a layer."""
    w = inst.const(WEIGHTS)
    assert w is not None
    return np.moveaxis(w, filters.axis, 0).reshape(w.shape[filters.axis], -1).astype(np.float64)


def bias_of(inst: Instance) -> np.ndarray:
    """float64 [outputs]: zeros if there is none."""
    bias = inst.const(BIAS)
    return np.zeros(inst.y().shape[-1]) if bias is None else bias.reshape(-1).astype(np.float64)
