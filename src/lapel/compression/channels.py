"""`Channels`: which elements of a graph's tensors can only be removed together, asked of the operators.

Each element along the last axis of a computed tensor, and along the axes of constants that go with those, has a number:
elements of one number are one channel of the network, wherever it passes. A residual sum makes one of two, a
concatenation lays them side by side, a flattened image has each of them once for every pixel.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lapel.ir import Graph, Instance
from lapel.ops import registry

Site = tuple[str, int]
"""A tensor's name and an axis of it."""


@dataclass(frozen=True)
class Maker:
    """Filters that make channels. weights, axis: where they lie, one each; bias: its name, "" for none."""

    node: str
    weights: str
    axis: int
    bias: str


@dataclass(frozen=True, eq=False)
class Channels:
    """The channels of a graph.

    numbers: int64 of each site: the channel of each element. whole: bool [channels], those that have to stay. layer:
    int64 [channels]: of those that are made together, the same. makers: all filters, in the order of the nodes.
    """

    numbers: Mapping[Site, np.ndarray]
    whole: np.ndarray
    layer: np.ndarray
    makers: tuple[Maker, ...]

    def made(self, maker: Maker) -> np.ndarray:
        """The channel of each of its filters."""
        return self.numbers[maker.weights, maker.axis]

    @cached_property
    def layers(self) -> tuple[np.ndarray, ...]:
        """The channels that can go, of each layer that has some."""
        free = np.zeros(len(self.whole), bool)
        for maker in self.makers:
            free[self.made(maker)] = True
        free &= ~self.whole
        return tuple(np.flatnonzero(free & (self.layer == k)) for k in np.unique(self.layer[free]))

    def names(self, layer: np.ndarray) -> tuple[str, ...]:
        """The nodes whose filters make these channels."""
        return tuple(m.node for m in self.makers if np.isin(self.made(m), layer).any())


def find_channels(graph: Graph) -> Channels:
    """The channels of a float graph; those of inputs, of outputs and of nodes that do not say more are whole."""
    sizes = dict(_sites(graph))
    starts = dict(zip(sizes, np.cumsum([0, *sizes.values()]).tolist(), strict=False))
    ties, makers, stay = [np.zeros((0, 2), np.int64)], list[Maker](), {*graph.inputs, *graph.outputs}
    for node in graph.nodes:
        inst = graph.instance(node)
        found = registry()[node.op].together(inst)
        ties += [tie.pairs + [starts[site] for site in zip(tie.names, tie.axes, strict=True)] for tie in found]
        named = {name for tie in found for name in tie.names}
        stay |= {t.name for t in (*inst.inputs, *inst.outputs) if t is not None} - named
        makers += [m for m in _makers(inst) if m.weights in named]
    edges, count = np.concatenate(ties), sum(sizes.values())
    channel = _joined(np.arange(count), edges)
    rows = [starts[m.weights, m.axis] + np.arange(sizes[m.weights, m.axis]) for m in makers]
    beside = [np.stack([row[:-1], row[1:]], axis=1) for row in rows]
    layer = _joined(channel, np.concatenate([edges, *beside]))
    first, number = np.unique(channel, return_inverse=True)
    whole = np.ones(len(first), bool)
    whole[number[edges]] = False
    for (name, axis), start in starts.items():
        if name in stay:
            whole[number[start : start + sizes[name, axis]]] = True
    numbers = {site: number[start : start + sizes[site]] for site, start in starts.items()}
    return Channels(numbers, whole, layer[first], tuple(makers))


def _sites(graph: Graph) -> Iterator[tuple[Site, int]]:
    """Every axis of constants, and the last one of computed tensors, with its length; a scalar has one of 1."""
    for name, t in graph.tensors.items():
        shape = t.type.shape or (1,)
        for axis in range(len(shape)) if t.data is not None else (len(shape) - 1,):
            yield (name, axis), shape[axis]


def _makers(inst: Instance) -> Iterator[Maker]:
    """The filters of a node, if it has any: weights whose elements along an axis make those of the output."""
    op, names = registry()[inst.node.op], inst.node.inputs
    filters = op.filters(inst)
    ways = ((1, filters.axis), (2, 0)) if filters is not None else op.emits(inst)
    if ways:
        (weights, axis), *biases = ways
        yield Maker(inst.node.name, names[weights], axis, next((names[k] for k, _ in biases if inst.has(k)), ""))


def _joined(labels: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """The least label of all that each element is connected with."""
    labels = labels.copy()
    while True:
        before = labels.copy()
        least = labels[edges].min(axis=1)
        for side in edges.T:
            np.minimum.at(labels, side, least)
        labels = np.minimum(labels, labels[labels])
        if np.array_equal(before, labels):
            return labels
