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

Order = np.ndarray | None
"""Of an axis: for each index of the tensor the one of what is stored; None where they are the same."""


@dataclass(frozen=True, eq=False)
class View:
    """name: the stored tensor; sizes: its shape as the view sees it, of as many elements."""

    name: str
    sizes: tuple[int, ...]
    perm: tuple[int, ...]
    orders: tuple[Order, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the tensor that is seen."""
        return tuple(self.sizes[p] for p in self.perm)

    @property
    def sequence(self) -> tuple[int, ...]:
        """The tensor's axes in the order in which they are stored."""
        return tuple(int(a) for a in np.argsort(self.perm))

    @property
    def plain(self) -> bool:
        """Whether the elements are stored in the tensor's own order."""
        return in_order(self.sequence, self.shape) and all(o is None for o in self.orders)


def whole(name: str, shape: Sequence[int], sequence: Sequence[int] | None = None) -> View:
    """A tensor of this shape that is stored with its axes in this order, by default its own."""
    sequence = tuple(range(len(shape))) if sequence is None else tuple(sequence)
    perm = tuple(int(p) for p in np.argsort(sequence))
    return View(name, tuple(shape[a] for a in sequence), perm, (None,) * len(shape))


def in_order(sequence: Sequence[int], shape: Sequence[int]) -> bool:
    """Whether axes in this order leave every element where it is: those of size 1 do not count."""
    wide = [a for a in sequence if shape[a] > 1]
    return wide == sorted(wide)


def same_order(a: Order, b: Order) -> bool:
    """Whether two axes are stored alike."""
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


def transposed(view: View, perm: Sequence[int]) -> View:
    """The tensor with its axes permuted."""
    return replace(view, perm=tuple(view.perm[a] for a in perm), orders=tuple(view.orders[a] for a in perm))


def reshaped(view: View, shape: Sequence[int]) -> View | None:
    """The tensor with another shape; None where what is joined is not stored side by side, or cannot be parted."""
    if tuple(shape) == view.shape:
        return view
    stored = [a for a in view.sequence if view.shape[a] > 1]
    blocks = match(view.shape, shape)
    first = blocks[0][1][0] if blocks else len(shape)
    sizes, places = [1] * first, {k: k for k in range(first)}
    orders: dict[int, Order] = dict.fromkeys(range(first))
    at = {a: k for k, (olds, _) in enumerate(blocks) for a in olds}
    while stored:
        olds, news = blocks[at[stored[0]]]
        run, stored = stored[: len(olds)], stored[len(olds) :]
        if set(run) != set(olds):
            return None
        parts = part(join(view, run, olds), [shape[k] for k in news])
        if parts is None:
            return None
        for k in parts.sequence:
            places[news[k]] = len(sizes)
            orders[news[k]] = parts.orders[k]
            sizes.append(shape[news[k]])
    axes = range(len(shape))
    return View(view.name, tuple(sizes), tuple(places[k] for k in axes), tuple(orders[k] for k in axes))


def match(old: Sequence[int], new: Sequence[int]) -> list[tuple[list[int], list[int]]]:
    """The fewest axes of two shapes that have as many elements each, block by block. Of axes of 1 there are none but
    the new shape's behind the first that is wider."""
    wide = [a for a, d in enumerate(old) if d > 1]
    blocks: list[tuple[list[int], list[int]]] = []
    k = next((j for j, d in enumerate(new) if d > 1), len(new))
    while wide:
        olds, news = [wide.pop(0)], list[int]()
        while prod(old[a] for a in olds) != prod(new[j] for j in news):
            if prod(old[a] for a in olds) > prod(new[j] for j in news):
                news.append(k)
                k += 1
            else:
                olds.append(wide.pop(0))
        blocks.append((olds, news))
    if blocks:
        blocks[-1][1].extend(range(k, len(new)))
    return blocks


def join(view: View, run: Sequence[int], olds: Sequence[int]) -> np.ndarray:
    """For each index along `olds`, joined, the one along the same axes as they are stored, in the order of `run`."""
    stored = np.arange(prod(view.shape[a] for a in run)).reshape([view.shape[a] for a in run])
    seen = stored.transpose([run.index(a) for a in olds])
    for k, a in enumerate(olds):
        order = view.orders[a]
        seen = seen if order is None else seen.take(order, axis=k)
    return seen.reshape(-1)


def part(order: np.ndarray, shape: Sequence[int]) -> View | None:
    """How axes of this shape, joined, are seen of one stored axis; None if not even each has an order of its own."""
    wide = [k for k, d in enumerate(shape) if d > 1]
    grid = order.reshape([shape[k] for k in wide])
    if len(wide) == 1:
        found = None if np.array_equal(order, np.arange(len(order))) else order
        orders = tuple(found if k in wide else None for k in range(len(shape)))
        return replace(whole("", shape), orders=orders)
    steps = [int(grid[(0,) * i + (1,) + (0,) * (len(wide) - 1 - i)]) for i in range(len(wide))]
    line = sum(s * i for s, i in zip(steps, np.indices(grid.shape), strict=True))
    if not np.array_equal(grid, line):
        return None
    falling = sorted(range(len(wide)), key=lambda i: -steps[i])
    ones = [k for k, d in enumerate(shape) if d == 1]
    sequence: list[int] = []
    for k in (wide[i] for i in falling):  # an axis of 1 goes with the one behind it
        sequence += [j for j in ones if j < k and all(shape[m] == 1 for m in range(j, k))] + [k]
    return whole("", shape, sequence + [j for j in ones if j not in sequence])


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

    sequence: tuple[int, ...]
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
        return tuple(shape[a] for a in self.sequence)

    def fits(self, view: View) -> bool:
        """Whether the view's tensor is stored so, but for axes of 1."""
        wide = [a for a in self.sequence if view.shape[a] > 1]
        stored = [a for a in view.sequence if view.shape[a] > 1]
        return wide == stored and all(same_order(self.orders[a], view.orders[a]) for a in wide)


def see(view: View, stored: np.ndarray) -> np.ndarray:
    """The tensor's values, of those that are stored."""
    values = stored.reshape(view.sizes).transpose(view.perm)
    for a, order in enumerate(view.orders):
        values = values if order is None else values.take(order, axis=a)
    return values


def place(layout: Layout, values: np.ndarray) -> np.ndarray:
    """What is to be stored of a tensor's values; axes of 1 have no order."""
    for a, order in enumerate(layout.orders):
        if order is not None and values.shape[a] > 1:
            values = values.take(np.argsort(order), axis=a)
    return values.transpose(layout.sequence)


def stored_view(name: str, shape: Sequence[int], layout: Layout) -> View:
    """The view of a tensor of this shape that is stored in this layout."""
    orders = tuple(o if d > 1 else None for o, d in zip(layout.orders, shape, strict=True))
    return replace(whole(name, shape, layout.sequence), orders=orders)
