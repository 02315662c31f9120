"""`View`: how a tensor of a graph can be read off another one that holds its elements in another order.

Axis k of the tensor is axis perm[k] of the stored one, once that has the shape `sizes`; its element i along the axis is
the element orders[k][i], where there is an order. So a transpose makes no new tensor, and a reshape none if what it
joins stands side by side:

    x: [N, C, H, W], stored [N, H, W, C]  --reshape [N, C·H·W]-->  stored [N, H·W·C], whose second axis has an order
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod

import numpy as np

from lapel.ir.axes import Perm, moved

Order = np.ndarray | None
"""Of an axis: for each index of the tensor the one of what is stored; None where they are the same."""


@dataclass(frozen=True, eq=False)
class View:
    """name: the stored tensor; sizes: its shape as the view sees it, of as many elements. Its axes that are none of the
    tensor's have size 1."""

    name: str
    sizes: tuple[int, ...]
    perm: tuple[int, ...]
    orders: tuple[Order, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor that is seen."""
        return tuple(self.sizes[p] for p in self.perm)

    @property
    def sequence(self) -> Perm:
        """The tensor's axes in the order in which they are stored."""
        return tuple(self.perm.index(p) if p in self.perm else None for p in range(len(self.sizes)))

    @property
    def plain(self) -> bool:
        """Whether the elements are stored in the tensor's own order."""
        return Layout.plain(len(self.perm)).fits(self)


def whole(name: str, shape: Sequence[int]) -> View:
    """A tensor of this shape, as it is stored."""
    return View(name, tuple(shape), tuple(range(len(shape))), (None,) * len(shape))


def settled(order: Order) -> Order:
    """The order, None if it is that of the indexes themselves."""
    return None if order is None or np.array_equal(order, np.arange(len(order))) else order


def same_order(a: Order, b: Order) -> bool:
    """Whether two axes are stored alike."""
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def transposed(view: View, perm: Sequence[int]) -> View:
    """The tensor with its axes permuted."""
    return replace(view, perm=tuple(view.perm[a] for a in perm), orders=tuple(view.orders[a] for a in perm))


def reordered(view: View, axis: int, indexes: np.ndarray) -> View:
    """The tensor with the elements of an axis in another order."""
    before = view.orders[axis]
    order = settled(indexes if before is None else before[indexes])
    return replace(view, orders=(*view.orders[:axis], order, *view.orders[axis + 1 :]))


def reshaped(view: View, shape: Sequence[int]) -> View | None:
    """The tensor with another shape; None where what is joined is not stored side by side, or cannot be parted."""
    if tuple(shape) == view.shape:
        return view
    blocks = match(view.shape, shape)
    at = {a: block for block in blocks for a in block[0]}
    slots: list[int | None] = []
    orders: dict[int, Order] = {}
    stored = list(view.sequence)
    while stored:
        if stored[0] not in at:
            slots.append(None)
            del stored[0]
            continue
        olds, news = at[stored[0]]
        run = list[int | None]()
        while stored and len(run) < len(olds):
            a = stored.pop(0)
            run += [a] if a in at else []
        parts = part(join(view, run, olds), [shape[k] for k in news]) if set(run) == set(olds) else None
        if parts is None:
            return None
        slots += [news[k] for k in parts.sequence if k is not None]
        orders |= {news[k]: order for k, order in enumerate(parts.orders)}
    add_narrow(slots, shape)
    axes = range(len(shape))
    sizes = tuple(1 if k is None else shape[k] for k in slots)
    return View(view.name, sizes, tuple(slots.index(k) for k in axes), tuple(orders.get(k) for k in axes))


def add_narrow(slots: list[int | None], shape: Sequence[int]) -> None:
    """Put axes of 1 among those that are stored, in free slots as far as there are: the first ones in front, others
    before the axis that they precede."""
    first = next((k for k, d in enumerate(shape) if d > 1), len(shape))
    for k in range(first):
        free = [p for p, axis in enumerate(slots) if axis is None]
        if free:
            slots[k if k in free else free[0]] = k
        else:
            slots.insert(k, k)
    for k in reversed([k for k in range(first, len(shape)) if shape[k] == 1]):
        place = slots.index(k + 1) if k + 1 < len(shape) else len(slots)
        free = [p for p, axis in enumerate(slots) if axis is None]
        if free:
            slots[place - 1 if place - 1 in free else free[-1]] = k
        else:
            slots.insert(place, k)


Block = tuple[list[int], list[int]]
"""Axes of two shapes, as many elements each."""


def match(old: Sequence[int], new: Sequence[int]) -> list[Block]:
    """The fewest axes of two shapes that have as many elements each, block by block, without those of 1."""
    wide, rest = ([a for a, d in enumerate(shape) if d > 1] for shape in (old, new))
    blocks: list[Block] = []
    while wide:
        olds, news = [wide.pop(0)], [rest.pop(0)]
        while prod(old[a] for a in olds) != prod(new[a] for a in news):
            if prod(old[a] for a in olds) > prod(new[a] for a in news):
                news.append(rest.pop(0))
            else:
                olds.append(wide.pop(0))
        blocks.append((olds, news))
    return blocks


def join(view: View, run: Sequence[int | None], olds: Sequence[int]) -> np.ndarray:
    """For each index along `olds`, joined, the one along the same axes as they are stored, in the order of `run`."""
    sizes = [view.shape[a] for a in run if a is not None]
    seen = np.arange(prod(sizes)).reshape(sizes).transpose([run.index(a) for a in olds])
    for k, a in enumerate(olds):
        order = view.orders[a]
        seen = seen if order is None else seen.take(order, axis=k)
    return seen.reshape(-1)


def part(order: np.ndarray, shape: Sequence[int]) -> View | None:
    """How axes of this shape, none of 1, are seen of one stored axis; None if not even each has an order of its own."""
    if len(shape) == 1:
        return replace(whole("", shape), orders=(settled(order),))
    grid = order.reshape(shape)
    steps = [int(grid[(0,) * k + (1,) + (0,) * (len(shape) - 1 - k)]) for k in range(len(shape))]
    line = sum(s * i for s, i in zip(steps, np.indices(grid.shape), strict=True))
    if not np.array_equal(grid, line):
        return None
    falling = tuple(sorted(range(len(shape)), key=lambda k: -steps[k]))
    return stored_view("", shape, Layout(falling, (None,) * len(shape)))


def factors(order: np.ndarray) -> tuple[int, ...] | None:
    """A shape as which the order is a permutation of axes; None if there is none."""
    shape: list[int] = []
    rest = order
    while len(rest) > 1:
        step = int(rest[1] - rest[0])
        breaks = np.flatnonzero(np.diff(rest) != step)
        run = int(breaks[0]) + 1 if len(breaks) else len(rest)
        if run == 1 or len(rest) % run:
            return None
        shape.insert(0, run)
        rest = rest[::run]
    return tuple(shape) if order[0] == 0 and part(order, shape) is not None else None


@dataclass(frozen=True, eq=False)
class Layout:
    """In what order a tensor is wanted: its axes as they are to be stored, and the order along each."""

    sequence: Perm
    orders: tuple[Order, ...]

    @classmethod
    def of(cls, view: View) -> Layout:
        """That in which the view's tensor is stored."""
        return cls(view.sequence, view.orders)

    @classmethod
    def plain(cls, rank: int) -> Layout:
        """The tensor's own."""
        return cls(tuple(range(rank)), (None,) * rank)

    def shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        """Of what is stored, for a tensor of this shape."""
        return moved(shape, self.sequence, 1)

    def fits(self, view: View) -> bool:
        """Whether the view's tensor is stored so, but for axes of 1."""
        wanted, stored = ([a for a in s if a is not None and view.shape[a] > 1] for s in (self.sequence, view.sequence))
        return wanted == stored and all(same_order(self.orders[a], view.orders[a]) for a in wanted)


def see(view: View, stored: np.ndarray) -> np.ndarray:
    """The tensor's values, of those that are stored."""
    narrow = tuple(p for p, a in enumerate(view.sequence) if a is None)
    order = [a for a in view.sequence if a is not None]
    values = stored.reshape(view.sizes).squeeze(narrow).transpose(np.argsort(order).tolist())
    for a, along in enumerate(view.orders):
        values = values if along is None else values.take(along, axis=a)
    return values


def place(layout: Layout, values: np.ndarray) -> np.ndarray:
    """What is to be stored of a tensor's values; axes of 1 have no order."""
    for a, order in enumerate(layout.orders):
        if order is not None and values.shape[a] > 1:
            values = values.take(np.argsort(order), axis=a)
    shape = layout.shape(values.shape)
    return values.transpose([a for a in layout.sequence if a is not None]).reshape(shape)


def stored_view(name: str, shape: Sequence[int], layout: Layout) -> View:
    """The view of a tensor of this shape that is stored in this layout."""
    orders = tuple(settled(o) if d > 1 else None for o, d in zip(layout.orders, shape, strict=True))
    return View(name, layout.shape(shape), tuple(layout.sequence.index(a) for a in range(len(shape))), orders)
