"""The new graph that a layout walk writes, with the copies in another order that it cannot do without."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from lapel.frontends.rewrites.layout_view import (
    Layout,
    Order,
    View,
    factors,
    part,
    place,
    same_order,
    see,
    settled,
    stored_view,
)
from lapel.ir import DTYPES, Graph, Node, Tensor, Type
from lapel.ir.axes import Perm, moved
from lapel.ops import gather, reshape, transpose


@dataclass(frozen=True)
class Left:
    """A transpose that is left: the node for which it is made, why, and what is moved to where."""

    node: str
    why: str
    view: View
    layout: Layout

    @property
    def indexes(self) -> np.ndarray:
        """For each place where an element is moved to the one where it is stored."""
        stored = np.arange(int(np.prod(self.view.sizes)))
        return place(self.layout, see(self.view, stored)).reshape(-1)


@dataclass(eq=False)
class Store:
    """moved_bytes: of all tensors that transposes and gathers write."""

    graph: Graph
    tensors: dict[str, Tensor] = field(default_factory=dict)
    nodes: list[Node] = field(default_factory=list)
    moved_bytes: int = 0
    left: list[Left] = field(default_factory=list)
    copies: dict[object, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.taken = {n.name for n in self.graph.nodes}

    def given(self, t: Tensor, layout: Layout) -> View:
        """Keep a tensor that no node makes, stored in this layout."""
        self.tensors[t.name] = replace(t, type=_permuted(t.type, layout.sequence))
        return stored_view(t.name, t.type.shape, layout)

    def add(self, node: Node, outputs: Sequence[Tensor], layout: Layout) -> list[View]:
        """Add a node whose outputs are stored in this layout; orders along axes of 1 are none."""
        self.nodes.append(node)
        return [self.given(t, layout) for t in outputs]

    def type(self, name: str) -> Type:
        """Of a stored tensor or a constant."""
        return (self.tensors.get(name) or self.graph.tensors[name]).type

    def constant(self, view: View, layout: Layout, rank: int | None = None) -> str:
        """The constant that a view sees, stored in this layout; without leading axes of 1 beyond this rank."""
        t = self.graph.tensors[view.name]
        assert t.data is not None
        data = place(layout, see(view, t.data))
        while rank is not None and data.ndim > rank and data.shape[0] == 1:
            data = data[0]
        return self.keep(t, data, _axis(t.type, view, layout, data.ndim))

    def keep(self, t: Tensor, data: np.ndarray, axis: int | None) -> str:
        """A constant that holds what `t` does in another order, its scales along `axis`; `t` if nothing changes."""
        if data.shape == t.type.shape and np.array_equal(data, np.asarray(t.data)):
            self.tensors[t.name] = t
            return t.name
        data = np.ascontiguousarray(data, DTYPES[t.type.dtype])
        quant = t.type.quant if t.type.quant is None else replace(t.type.quant, axis=axis)

        def make() -> str:
            name = self.unique(f"{t.name}/permuted")
            self.tensors[name] = Tensor(name, Type(data.shape, t.type.dtype, quant), data)
            return name

        return self._once((t.name, data.shape, data.tobytes()), make)

    def arranged(self, view: View, layout: Layout, node: str, why: str) -> str:
        """The name of the tensor that is seen, stored in this layout, for a node; copied if that takes a transpose."""
        if self.graph.tensors.get(view.name, self.tensors.get(view.name)).data is not None:  # type: ignore[union-attr]
            return self.constant(view, layout)
        shape = layout.shape(view.shape)
        if layout.fits(view):
            return self.shaped(view.name, shape)
        key = (view.name, view.sizes, view.perm, layout.sequence, *map(_key, (*view.orders, *layout.orders)))

        def make() -> str:
            self.left.append(Left(node, why, view, layout))
            return self.shaped(self._moved(view, layout), shape)

        return self._once(key, make)

    def shaped(self, name: str, shape: tuple[int, ...]) -> str:
        """A stored tensor under another shape."""
        t = self.type(name)
        if t.shape == shape:
            return name

        def make() -> str:
            y = self._new(f"{name}/shaped", replace(t, shape=shape))
            self.nodes.append(reshape.node(y, name, y, shape))
            return y

        return self._once((name, shape), make)

    def _moved(self, view: View, layout: Layout) -> str:
        """A copy in this layout, but for its shape: gathers along axes whose order is any, then one transpose."""
        name, fine, axes = view.name, list[int](), dict[int, list[int]]()
        for p, a in enumerate(view.sequence):
            order, size = None if a is None else _between(view.orders[a], layout.orders[a]), view.sizes[p]
            shape = (size,) if order is None or size == 1 else factors(order)
            if shape is None:
                assert order is not None
                name, order, shape = self._gathered(self.shaped(name, view.sizes), p, order), None, (size,)
            seen = None if order is None else part(order, shape)
            if a is not None:
                axes[a] = [len(fine) + (k if seen is None else seen.perm[k]) for k in range(len(shape))]
            fine += shape if seen is None else seen.sizes
        perm = [k for a in layout.sequence if a is not None for k in axes[a]]
        perm += [k for k in range(len(fine)) if k not in perm]  # of size 1
        wide = [k for k in perm if fine[k] > 1]
        if wide == sorted(wide):
            return name
        x = self.shaped(name, tuple(fine))
        y = self._new(f"{view.name}/transposed", replace(self.type(x), shape=tuple(fine[k] for k in perm)))
        self.nodes.append(transpose.node(y, x, y, perm))
        self.moved_bytes += self.type(y).bytes
        return y

    def _gathered(self, name: str, axis: int, order: np.ndarray) -> str:
        indexes = self._new(f"{name}/order", Type((len(order),), "int32"), order.astype(np.int32))
        y = self._new(f"{name}/ordered", self.type(name))
        self.nodes.append(gather.node(y, name, indexes, y, axis))
        self.moved_bytes += self.type(y).bytes
        return y

    def _new(self, name: str, t: Type, data: np.ndarray | None = None) -> str:
        name = self.unique(name)
        self.tensors[name] = Tensor(name, t, data)
        return name

    def unique(self, name: str) -> str:
        """The name, with a number behind it if a tensor or node of either graph has it."""
        found, k = name, 1
        while found in self.tensors or found in self.graph.tensors or found in self.taken:
            found, k = f"{name}_{k}", k + 1
        return found

    def _once(self, key: object, make: Callable[[], str]) -> str:
        if key not in self.copies:
            self.copies[key] = make()
        return self.copies[key]


def _permuted(t: Type, sequence: Perm) -> Type:
    """The type of a tensor whose axes are stored in this order."""
    quant = t.quant
    if quant is not None and quant.axis is not None:
        quant = replace(quant, axis=sequence.index(quant.axis))
    return Type(moved(t.shape, sequence, 1), t.dtype, quant)


def _axis(t: Type, view: View, layout: Layout, rank: int) -> int | None:
    """Where the axis of a constant's scales is now."""
    if t.quant is None or t.quant.axis is None:
        return None
    wide = [p for p, d in enumerate(view.sizes) if d > 1]
    at = [a for a, d in enumerate(t.shape) if d > 1].index(t.quant.axis)
    return layout.sequence.index(view.sequence[wide[at]]) - (len(layout.sequence) - rank)


def _between(stored: Order, wanted: Order) -> Order:
    """For each index as it is wanted to be stored, the one of what is stored; None where they are the same."""
    if same_order(stored, wanted):
        return None
    size = len(stored if stored is not None else wanted)  # type: ignore[arg-type]
    here = np.arange(size) if stored is None else stored
    return settled(here if wanted is None else here[np.argsort(wanted)])


def _key(order: Order) -> bytes:
    return b"" if order is None else order.tobytes()
