"""Decision trees as arrays, and as the streams that kernels read them from.

A stream has units: bytes, or words of 16 bits. A tree is its length in units (a word, little-endian in bytes), and then
its root. An inner node is `feature, threshold, skip`, the left child right behind it and the right child `skip` units
further; what is larger than the greatest skip is put behind its sibling, and a jump in its place:

    feature threshold skip <left> <right>      feature threshold 3 JUMP low high <right> <left>

A leaf's first unit has the highest bit set. Formats: docs/SPEC.md §15.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lapel.runtime.source import define

INNER, LEFT, RIGHT = 0, 1, 2
"""Columns of `Trees.nodes`: feature, left child, right child."""


@dataclass(frozen=True, eq=False)
class Trees:
    """nodes: int32 [M, 3], feature and children of each; a child is a later node, or -1 - leaf. thresholds: [M], of the
    features' dtype: x <= threshold goes left. roots: int32 [T], nodes or leaves likewise. leaves: int32 [L, O]. start:
    int32 [O], what the sums begin with. missing: bool [M], where NaN goes left; else the order
    of x decides."""

    nodes: np.ndarray
    thresholds: np.ndarray
    roots: np.ndarray
    leaves: np.ndarray
    start: np.ndarray
    missing: np.ndarray | None = None

    def leaf_indexes(self, x: np.ndarray) -> np.ndarray:
        """int64 [N, T]: the leaf of each tree for rows x [N, F], floats or keys of floats, compared as they are."""
        empty = None if self.missing is None else np.isnan(x) if x.dtype.kind == "f" else are_nan(x)
        at = np.repeat(self.roots[None].astype(np.int64), len(x), axis=0)
        while True:
            row, tree = np.nonzero(at >= 0)
            if not len(row):
                return -1 - at
            node = at[row, tree]
            values = row, self.nodes[node, INNER]
            right = x[values] > self.thresholds[node]
            if empty is not None and self.missing is not None:
                right = np.where(empty[values], ~self.missing[node], right)
            at[row, tree] = np.where(right, self.nodes[node, RIGHT], self.nodes[node, LEFT])

    def sums(self, x: np.ndarray) -> np.ndarray:
        """int64 [N, O]."""
        found = self.leaf_indexes(x)
        whole = np.repeat(self.start[None].astype(np.int64), len(x), axis=0)
        for tree in found.T:
            whole += self.leaves[tree]
        return whole

    def leaves_of_trees(self) -> list[np.ndarray]:
        """Of each tree the leaves that it has."""
        return [np.array(sorted(self._reached(int(root))), np.int64) for root in self.roots]

    def _reached(self, root: int) -> set[int]:
        todo, found = [root], set[int]()
        while todo:
            at = todo.pop()
            if at < 0:
                found.add(-1 - at)
            else:
                todo += self.nodes[at, LEFT:].tolist()
        return found

    def bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """int64 [O] each: the least and the greatest that sums can be on the way."""
        low = high = self.start.astype(np.int64)
        for leaves in self.leaves_of_trees():
            low = low + np.minimum(self.leaves[leaves].min(axis=0), 0)
            high = high + np.maximum(self.leaves[leaves].max(axis=0), 0)
        return low, high


def float_keys(values: np.ndarray) -> np.ndarray:
    """int32 of float32 values, in their order; both zeros are near each other, -0.0 below."""
    bits = np.ascontiguousarray(values, np.float32).view(np.int32)
    return bits ^ ((bits >> 31) & np.int32(0x7FFFFFFF))


INFINITY = int(float_keys(np.array([np.inf], np.float32))[0])
"""The key of the greatest float32; that of the least is -1 - INFINITY, and beyond both are the NaN."""


def are_nan(keys: np.ndarray) -> np.ndarray:
    """Whether keys are those of NaN."""
    return np.asarray((keys > INFINITY) | (keys < -1 - INFINITY))


def parting(trees: Trees) -> Trees:
    """Trees of keys whose streams say where NaN goes: of the feature a bit, and thresholds from the least code on.

    Modulo 2^32 the NaN of both signs are side by side. Counted from the first of them they are the least, counted from
    the least number they are the greatest, and one comparison is enough.
    """
    assert trees.missing is not None
    first = np.where(trees.missing, INFINITY + 1, -1 - INFINITY)
    codes = (trees.thresholds.astype(np.int64) - first).astype(np.uint32).astype(np.int32)
    nodes = trees.nodes.copy()
    nodes[:, INNER] |= np.where(trees.missing, PARTING_LEFT, 0)
    return Trees(nodes, codes, trees.roots, trees.leaves, trees.start)


@dataclass(frozen=True)
class Layout:
    """How trees lie in a stream of units.

    bits: of a unit. threshold_units: of a threshold. features, largest_skip: how many, and how far.
    """

    bits: int
    threshold_units: int

    @property
    def leaf(self) -> int:
        """What a leaf's first unit has set."""
        return 1 << (self.bits - 1)

    @property
    def jump(self) -> int:
        """The first unit of a jump."""
        return (1 << self.bits) - 1

    @property
    def greatest(self) -> int:
        """The greatest threshold."""
        return (1 << (self.bits * self.threshold_units - 1)) - 1

    @property
    def most_features(self) -> int:
        return self.leaf

    @property
    def largest_skip(self) -> int:
        return (1 << self.bits) - 1

    def number(self, value: int, bits: int) -> list[int]:
        """A number of so many bits as units, the low one first."""
        mask = (1 << self.bits) - 1
        return [value >> shift & mask for shift in range(0, bits, self.bits)]

    def dtype(self) -> type[np.unsignedinteger]:
        return np.uint8 if self.bits == 8 else np.uint16


BYTES = Layout(8, 1)
WORDS = Layout(16, 1)
WORDS32 = Layout(16, 2)
LENGTH_BITS = 16
PARTING_LEFT = 1 << 14
"""Set in a node's feature, where streams say where NaN goes: to the left."""

Leaf = Callable[[int], list[int]]
"""The units of a leaf, by its number, from its first on."""


def tree_units(trees: Trees, root: int, layout: Layout, leaf: Leaf) -> list[int]:
    """The units of a tree, without its length. Raises OverflowError where a jump is too far."""
    done: dict[int, list[int]] = {}
    todo = [root]
    while todo:
        at = todo[-1]
        children = [] if at < 0 else [int(c) for c in trees.nodes[at, LEFT:]]
        waiting = [c for c in children if c not in done]
        if waiting:
            todo += waiting
            continue
        todo.pop()
        if at in done:
            continue
        if at < 0:
            done[at] = leaf(-1 - at)
        else:
            feature, threshold = int(trees.nodes[at, INNER]), int(trees.thresholds[at])
            done[at] = inner_units(feature, threshold, layout, done[children[0]], done[children[1]])
            for c in children:
                if c >= 0:
                    done[c] = []
    return done[root]


def inner_units(feature: int, threshold: int, layout: Layout, left: list[int], right: list[int]) -> list[int]:
    """The units of a node whose children have these. Raises OverflowError where a jump is too far."""
    head = [feature, *layout.number(threshold, layout.bits * layout.threshold_units)]
    if len(left) <= layout.largest_skip:
        return [*head, len(left), *left, *right]
    if len(right) >= 1 << LENGTH_BITS:
        raise OverflowError(len(right))
    jump = [layout.jump, *layout.number(len(right), LENGTH_BITS)]
    return [*head, len(jump), *jump, *right, *left]


def stream(trees: Trees, layout: Layout, leaf: Leaf) -> np.ndarray:
    """All trees, one after the other, each behind its length. Raises OverflowError where a tree is too long."""
    units: list[int] = []
    for root in trees.roots.tolist():
        found = tree_units(trees, root, layout, leaf)
        if len(found) >= 1 << LENGTH_BITS:
            raise OverflowError(len(found))
        units += [*layout.number(len(found), LENGTH_BITS), *found]
    return np.array(units, layout.dtype())


def tree_lengths(units: np.ndarray, layout: Layout) -> list[int]:
    """Of each tree of a stream its units, with those of its length."""
    found, at, head = [], 0, LENGTH_BITS // layout.bits
    while at < len(units):
        found.append(head + _joined(units[at : at + head].tolist(), layout))
        at += found[-1]
    return found


@dataclass(frozen=True)
class Inner:
    """A node as it stands in a stream."""

    feature: int
    threshold: int
    left: Part
    right: Part


Part = Inner | tuple[int, ...]
"""A node, or the units of a leaf."""


def read_stream(units: np.ndarray, layout: Layout, numbers: Callable[[int], int]) -> list[Part]:
    """The trees of a stream of votes or of numbers. numbers: units of the leaf whose first one is this."""
    found: list[Part] = []
    at, length = 0, LENGTH_BITS // layout.bits
    values = units.tolist()
    while at < len(values):
        end = at + length + _joined(values[at : at + length], layout)
        found.append(_read(values, at + length, layout, numbers))
        at = end
    return found


def _joined(units: list[int], layout: Layout) -> int:
    return sum(unit << (layout.bits * k) for k, unit in enumerate(units))


def _read(values: list[int], root: int, layout: Layout, numbers: Callable[[int], int]) -> Part:
    done: dict[int, Part] = {}
    todo, jump_units = [root], 1 + LENGTH_BITS // layout.bits
    while todo:
        at = todo[-1]
        head = values[at]
        if head == layout.jump:
            children = [at + jump_units + _joined(values[at + 1 : at + jump_units], layout)]
        elif head & layout.leaf:
            children = []
        else:
            end = at + 2 + layout.threshold_units
            children = [end, end + values[end - 1]]
        waiting = [c for c in children if c not in done]
        if waiting:
            todo += waiting
            continue
        todo.pop()
        if head == layout.jump:
            done[at] = done[children[0]]
        elif not children:
            done[at] = tuple(values[at : at + numbers(head & (layout.leaf - 1))])
        else:
            bits = layout.bits * layout.threshold_units
            threshold = _joined(values[at + 1 : at + 1 + layout.threshold_units], layout)
            signed = threshold - (threshold >> (bits - 1) << bits)
            done[at] = Inner(head, signed, done[children[0]], done[children[1]])
    return done[root]


def vote_units(rest: int) -> int:
    """How many units a leaf of votes has whose first one is this, without the highest bit."""
    return 1 + max(rest - MOST_CLASSES, 0)


MOST_CLASSES = define("LAPEL_FOREST_CLASSES")
"""Of votes: a leaf's first unit has the class of a leaf that has one alone."""


def vote_leaf(leaves: np.ndarray, layout: Layout, whole: int) -> Leaf:
    """Leaves as votes for classes: one class with `whole` votes, or entries of a class and its votes."""
    half = layout.bits // 2

    def units(k: int) -> list[int]:
        classes = np.flatnonzero(leaves[k]).tolist()
        if len(classes) == 1 and leaves[k, classes[0]] == whole:
            return [layout.leaf | classes[0]]
        entries = [c << half | int(leaves[k, c]) for c in classes]
        return [layout.leaf | (MOST_CLASSES + len(entries)), *entries]

    return units


def sum_leaf(leaves: np.ndarray, layout: Layout, value_units: int) -> Leaf:
    """Leaves as numbers: entries of an output (none if there is one) and a value of so many units."""
    outputs = leaves.shape[1]

    def units(k: int) -> list[int]:
        at = np.flatnonzero(leaves[k]).tolist()
        entries = [layout.number(int(leaves[k, o]), layout.bits * value_units) for o in at]
        named = [[*([o] if outputs > 1 else []), *e] for o, e in zip(at, entries, strict=True)]
        return [layout.leaf | len(at), *(u for e in named for u in e)]

    return units


def most_common_whole(trees: Trees) -> int:
    """The votes that most leaves of trees have that have one class; 0 if there is no such leaf."""
    children = np.concatenate([trees.nodes[:, LEFT:].reshape(-1), trees.roots])
    uses = np.bincount(-1 - children[children < 0], minlength=len(trees.leaves))
    single = (trees.leaves != 0).sum(axis=1) == 1
    counts = np.bincount(trees.leaves[single].max(axis=1, initial=0), uses[single])
    return int(counts.argmax()) if counts.size else 0


def value_units(leaves: np.ndarray, layout: Layout) -> int:
    """How many units a leaf's values need, signed: 1, 2 or, of bytes, 4."""
    reach = max(int(leaves.max(initial=0)), -1 - int(leaves.min(initial=0)))
    return next(n for n in (1, 2, 4) if reach < 1 << (n * layout.bits - 1))


def problems(trees: Trees, features: int) -> Sequence[str]:
    """Why arrays are no trees."""
    nodes, count = trees.nodes, len(trees.nodes)
    children, own = nodes[:, LEFT:], np.arange(count)[:, None]
    inner = children >= 0
    if ((nodes[:, INNER] < 0) | (nodes[:, INNER] >= features)).any():
        return [f"its nodes read feature {int(nodes[:, INNER].max())}, expected 0..{features - 1}: fix the trees"]
    every = np.concatenate([children.reshape(-1), trees.roots])
    if (every >= count).any() or (-1 - every >= len(trees.leaves)).any():
        return [f"its nodes have children beyond {count} nodes and {len(trees.leaves)} leaves: fix the trees"]
    if (inner & (children <= own)).any():
        return ["its nodes have children that are not behind them, expected later ones: fix the trees"]
    return []
