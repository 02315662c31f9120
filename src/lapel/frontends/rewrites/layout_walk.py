"""One walk over a graph's nodes, in which transposes become views and nodes follow the order of what they read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lapel.frontends.rewrites.layout_store import Store
from lapel.frontends.rewrites.layout_view import (
    Layout,
    Order,
    View,
    match,
    reordered,
    reshaped,
    stored_view,
    transposed,
    whole,
)
from lapel.ir import Graph, Instance, Node, Tensor
from lapel.ir.axes import Perm, Permuted
from lapel.ops import registry

Sequences = Mapping[str, tuple[int, ...]]
"""Input -> its axes in the order in which they are to be stored."""

Orders = Mapping[str, np.ndarray]
"""What filters make -> for each element of its last axis where it is to be stored."""

DIFFERENT = "its inputs have their axes in different orders"
"""Why a node needs a transpose that no other order of its inputs spares."""


@dataclass(eq=False)
class Walk:
    """The new graph in the making. views: of each tensor of the old one, how it is had from the new one's."""

    graph: Graph
    sequences: Sequences
    store: Store
    orders: Orders = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)

    @classmethod
    def over(cls, graph: Graph, sequences: Sequences, orders: Orders | None = None) -> Walk:
        """All nodes, with the inputs' axes and the outputs of filters stored in these orders."""
        walk = cls(graph, sequences, Store(graph), orders or {})
        for name, t in graph.tensors.items():
            if t.data is not None:
                walk.views[name] = whole(name, t.type.shape)
        for name in graph.inputs:
            t = graph.tensors[name]
            layout = Layout.plain(len(t.type.shape))
            walk.views[name] = walk.store.given(t, replace(layout, sequence=sequences.get(name, layout.sequence)))
        for node in graph.nodes:
            walk.visit(node, graph.instance(node))
        return walk

    @property
    def cost(self) -> tuple[int, int]:
        """Bytes that are moved, and nodes."""
        return self.store.moved_bytes, len(self.store.nodes)

    def visit(self, node: Node, inst: Instance) -> None:
        """Add what stands for a node."""
        if not self.seen(node, inst):
            (self.elementwise if registry()[node.op].elementwise else self.absorbing)(node, inst)

    def seen(self, node: Node, inst: Instance) -> bool:
        """Whether the output is but another view of the input."""
        op, x, y = registry()[node.op], inst.inputs[0] if inst.inputs else None, inst.outputs[0]
        if x is None or len(inst.outputs) != 1 or (x.type.dtype, x.type.quant) != (y.type.dtype, y.type.quant):
            return False
        if y.type.quant is not None and y.type.quant.axis is not None:
            return False
        perm, order = op.permutation(inst), op.reordered(inst)
        if perm is not None:
            self.views[y.name] = transposed(self.views[x.name], perm)
        elif order is not None:
            self.views[y.name] = reordered(self.views[x.name], *order)
        elif op.alias(inst) and x.type.size == y.type.size:
            self.views[y.name] = self.regarded(node, self.views[x.name], y.type.shape)
        else:
            return False
        return True

    def regarded(self, node: Node, view: View, shape: Sequence[int]) -> View:
        """The view under another shape, if need be of a copy in which what is joined stands side by side."""
        found = reshaped(view, shape)
        if found is None:
            rank = {a: k for k, a in enumerate(view.sequence)}
            blocks = sorted((olds for olds, _ in match(view.shape, shape)), key=lambda olds: max(rank[a] for a in olds))
            wide = [a for olds in blocks for a in olds]
            narrow = [a for a in range(len(view.shape)) if a not in wide]
            layout = Layout((*narrow, *wide), (None,) * len(view.shape))
            name = self.store.arranged(view, layout, node.name, "it joins axes that do not stand side by side")
            found = reshaped(stored_view(name, view.shape, layout), shape)
        assert found is not None, f"{node.name}: axes in order can be joined and parted"
        return found

    def elementwise(self, node: Node, inst: Instance) -> None:
        """A node that goes with any order that its operands have in common."""
        rank = len(inst.y().shape)
        views = {k: self.lifted(t, rank) for k, t in enumerate(inst.inputs) if t is not None}
        moving = [v for k, v in views.items() if inst.const(k) is None]
        layouts = [*(Layout.of(v) for v in sorted(moving, key=lambda v: -_size(v))), Layout.plain(rank)]
        layout = min(layouts, key=lambda found: self.cost_of(moving, found))
        names = []
        for k, t in enumerate(inst.inputs):
            if t is not None and t.data is not None:
                names.append(self.store.constant(views[k], layout, len(t.type.shape)))
            else:
                names.append("" if t is None else self.store.arranged(views[k], layout, node.name, DIFFERENT))
        self.add(node, names, inst, layout)

    def lifted(self, t: Tensor, rank: int) -> View:
        """The view of an operand with axes of 1 before its own."""
        view = reshaped(self.views[t.name], (1,) * (rank - len(t.type.shape)) + t.type.shape)
        assert view is not None
        return view

    def absorbing(self, node: Node, inst: Instance) -> None:
        """A node whose constants can take over an order of its input's elements, or give one to its output's."""
        found, data = registry()[node.op].absorbs(inst), dict[int, np.ndarray]()
        along: Order = None
        order = self.orders.get(node.outputs[0])
        if found is not None and movable(inst, found.constant):
            along = self.views[node.inputs[0]].orders[found.axis]
            if along is not None:
                _move(inst, data, found.constant, found.constant_axis, along)
        if order is not None:
            for constant, axis in registry()[node.op].emits(inst):
                _move(inst, data, constant, axis, order)
        kept = {k: self.store.keep(t, data[k], None) for k, t in enumerate(inst.inputs) if t is not None and k in data}
        self.permuted(node, inst, kept, {} if found is None or along is None else {found.axis: along})

    def permuted(self, node: Node, inst: Instance, kept: Mapping[int, str], orders: Mapping[int, np.ndarray]) -> None:
        """A node that says what it does to permuted axes, or that wants its inputs as they were.

        kept: constants that are already in place. orders: along axes of input 0, which the node takes as they are.
        """
        found, wanted, _ = min(self.choices(inst, orders), key=lambda c: c[2])
        names = list(node.inputs)
        for k, t in enumerate(inst.inputs):
            if t is not None:
                names[k] = kept.get(k) or self.store.arranged(
                    self.views[t.name], wanted[k], node.name, self.reason(inst)
                )
        along: list[Order] = [None] * len(inst.y().shape)
        if node.outputs[0] in self.orders:
            along[-1] = self.orders[node.outputs[0]]
        self.add(replace(node, attrs=found.attrs), names, inst, Layout(found.perm, tuple(along)))

    def choices(
        self, inst: Instance, orders: Mapping[int, np.ndarray]
    ) -> Iterator[tuple[Permuted, list[Layout], tuple[int, int]]]:
        """The ways to have a node: it, the layouts of its inputs, and what these cost."""
        ranks = [0 if t is None else len(t.type.shape) for t in inst.inputs]
        moving = [(k, self.views[t.name]) for k, t in enumerate(inst.inputs) if t is not None and t.data is None]
        for way, sequence in self.ways(inst):
            wanted = [Layout.plain(rank) for rank in ranks]
            for k in way.inputs:
                wanted[k] = replace(wanted[k], sequence=sequence)
            if orders:
                wanted[0] = replace(wanted[0], orders=tuple(orders.get(a) for a in range(ranks[0])))
            costs = [self.cost_of([v], wanted[k]) for k, v in moving]
            yield way, wanted, (sum(moved for moved, _ in costs), sum(made for _, made in costs))

    def ways(self, inst: Instance) -> Iterator[tuple[Permuted, Perm]]:
        """The node in the orders in which its inputs' axes are stored, where it says how that goes, and as it is."""
        moving = [t for t in inst.inputs if t is not None and t.data is None]
        for sequence in dict.fromkeys(self.views[t.name].sequence for t in moving):
            way = self.asked(inst, sequence)
            if way is not None:
                yield way, sequence
        rank = range(len(inst.outputs[0].type.shape))
        yield Permuted(inst.attrs, tuple(rank), ()), ()

    def asked(self, inst: Instance, sequence: Perm) -> Permuted | None:
        """What the node says of its inputs' axes in this order."""
        x = inst.inputs[0]
        if x is None or len(x.type.shape) != sum(a is not None for a in sequence):
            return None
        return registry()[inst.node.op].permuted(inst, sequence)

    def reason(self, inst: Instance) -> str:
        """Why a node wants a transpose."""
        name = inst.node.op
        for view in (self.views[t.name] for t in inst.inputs if t is not None and t.data is None):
            if any(o is not None for o in view.orders):
                return f"{name} is not defined for the elements of an axis in another order"
            if not view.plain and self.asked(inst, view.sequence) is None:
                return f"{name} is not defined for axes in the order {[a for a in view.sequence if a is not None]}"
        return DIFFERENT

    def cost_of(self, views: Sequence[View], layout: Layout) -> tuple[int, int]:
        """Bytes that are moved and nodes that are made to have what is seen in a layout."""
        moved = sum(self.store.type(v.name).bytes for v in views if not layout.fits(v))
        return moved, sum(self.store.type(v.name).shape != layout.shape(v.shape) for v in views)

    def add(self, node: Node, names: Sequence[str], inst: Instance, layout: Layout) -> None:
        """The node with its inputs as they are stored now; its outputs are stored in this layout."""
        views = self.store.add(replace(node, inputs=tuple(names)), inst.outputs, layout)
        self.views.update(zip(node.outputs, views, strict=True))


def movable(inst: Instance, k: int) -> bool:
    """Whether an input is a constant whose elements have no scales of their own."""
    t = inst.inputs[k]
    return t is not None and t.data is not None and (t.type.quant is None or t.type.quant.axis is None)


def _move(inst: Instance, data: dict[int, np.ndarray], k: int, axis: int, order: np.ndarray) -> None:
    """Put the elements of constant k along an axis where this order has them."""
    found = data[k] if k in data else inst.const(k)
    assert found is not None
    data[k] = found.take(np.argsort(order), axis=axis)


def _size(view: View) -> int:
    return int(np.prod(view.sizes))
