"""`forest_graph`: an ensemble, and what its input stands for -> a graph of one node.

Nodes that go whose input, behind the nodes above them, leaves by one side, and nodes whose leaves are the same:

    x <= below all codes: right      x <= the greatest code: left      leaf = leaf: one leaf
    behind x <= 3: x <= 5: left      behind x > 5: x <= 3: right

A node that parts numbers from NaN stays, where NaN is an input.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from lapel.ensembles.ensemble import Ensemble, Tree
from lapel.ensembles.grid import Grid
from lapel.ensembles.leaves import integer_leaves
from lapel.ensembles.thresholds import limits
from lapel.ir import Graph, Node, Tensor, Type
from lapel.ops import verify

FEATURES, OUTPUT = "features", "output"


class _Builder:
    """Nodes and leaves of all trees, equal leaves once."""

    def __init__(self, outputs: int, missing: bool) -> None:
        self.nodes: list[tuple[int, ...]] = []
        self.missing = missing
        self.thresholds: list[int] = []
        self.leaves: dict[bytes, int] = {}
        self.rows: list[np.ndarray] = []
        self.outputs = outputs

    def leaf(self, row: np.ndarray) -> int:
        """-1 - the number of a leaf with these integers."""
        key = row.tobytes()
        if key not in self.leaves:
            self.leaves[key] = len(self.rows)
            self.rows.append(row)
        return -1 - self.leaves[key]

    def add(self, tree: Tree, codes: np.ndarray, rows: np.ndarray, grid: Grid) -> int:
        """The root of a tree: a node, or a leaf, as children are."""
        kept = _kept(tree if self.missing else replace(tree, missing=None), codes, rows, grid)
        order = _preorder(kept, 0)
        numbers = {at: len(self.nodes) + k for k, at in enumerate(order)}

        def child(at: int) -> int:
            at, _, _ = kept[at]
            return numbers[at] if at in numbers else self.leaf(rows[at])

        for at in order:
            _, left, right = kept[at]
            node = int(tree.feature[at]), child(left), child(right)
            self.nodes.append((*node, int(tree.missing[at])) if self.missing and tree.missing is not None else node)
            self.thresholds.append(int(np.clip(codes[at], grid.low, grid.high)))
        return child(0)


Kept = dict[int, tuple[int, int, int]]
"""Of each node the one that stands for it, and its children; -1 of a leaf."""

LEFT, RIGHT, BOTH = range(3)


@dataclass(frozen=True)
class _Reach:
    """What a feature may be at a node: a code above `low` and at most `high`, or NaN."""

    low: int
    high: int
    empty: bool

    def side(self, code: int, missing: bool) -> int:
        """Where all of it goes, if that is one side. missing: whether NaN goes left."""
        if code >= self.high and (missing or not self.empty):
            return LEFT
        return RIGHT if code <= self.low and not (missing and self.empty) else BOTH

    def left(self, code: int, missing: bool) -> _Reach:
        return _Reach(self.low, min(self.high, code), self.empty and missing)

    def right(self, code: int, missing: bool) -> _Reach:
        return _Reach(max(self.low, code), self.high, self.empty and not missing)


def _sides(tree: Tree, codes: np.ndarray, grid: Grid) -> dict[int, int]:
    """Of each node that is reached the side to which everything goes that reaches it, if it is one."""
    whole = _Reach(grid.low - 1, grid.high, tree.missing is not None)
    found: dict[int, int] = {}
    todo: list[tuple[int, dict[int, _Reach]]] = [(0, {})]
    while todo:
        at, above = todo.pop()
        if tree.left[at] < 0:
            continue
        feature, code = int(tree.feature[at]), int(codes[at])
        missing = tree.missing is not None and bool(tree.missing[at])
        reach = above.get(feature, whole)
        found[at] = reach.side(code, missing)
        if found[at] != RIGHT:
            todo.append((int(tree.left[at]), above | {feature: reach.left(code, missing)}))
        if found[at] != LEFT:
            todo.append((int(tree.right[at]), above | {feature: reach.right(code, missing)}))
    return found


def _kept(tree: Tree, codes: np.ndarray, rows: np.ndarray, grid: Grid) -> Kept:
    sides = _sides(tree, codes, grid)
    found: Kept = {}
    todo = [0]
    while todo:
        at = todo[-1]
        left, right = int(tree.left[at]), int(tree.right[at])
        if left < 0:
            found[at] = (at, -1, -1)
        elif sides[at] != BOTH:
            one = left if sides[at] == LEFT else right
            if one not in found:
                todo.append(one)
                continue
            found[at] = found[one]
        elif left not in found or right not in found:
            todo += [c for c in (left, right) if c not in found]
            continue
        elif _same(found[left], found[right], rows):
            found[at] = found[left]
        else:
            found[at] = (at, found[left][0], found[right][0])
        todo.pop()
    return found


def _same(left: tuple[int, int, int], right: tuple[int, int, int], rows: np.ndarray) -> bool:
    """Whether both are leaves, and equal ones."""
    return left[1] < 0 and right[1] < 0 and bool((rows[left[0]] == rows[right[0]]).all())


def _preorder(kept: Kept, root: int) -> list[int]:
    """The inner nodes that are left, each before its children."""
    order, todo = [], [root]
    while todo:
        at, left, right = kept[todo.pop()]
        if left >= 0:
            order.append(at)
            todo += [right, left]
    return order


def forest_graph(name: str, ensemble: Ensemble, grid: Grid, batch: int = 1, votes: int | None = None) -> Graph:
    """The graph of an ensemble whose input has this grid: every tree takes the leaf that its float form takes.

    votes: of a leaf of one class, see `integer_leaves`.
    """
    leaves = integer_leaves(ensemble, votes)
    builder = _Builder(len(ensemble.start), grid.dtype == "float32" and ensemble.parts_missing)
    roots = []
    inner = [tree.left >= 0 for tree in ensemble.trees]
    feature = np.concatenate([t.feature[i] for t, i in zip(ensemble.trees, inner, strict=True)])
    threshold = np.concatenate([t.threshold[i] for t, i in zip(ensemble.trees, inner, strict=True)])
    found, first = limits(grid, ensemble.seen, ensemble.features, feature, threshold), 0
    for tree, is_inner, rows in zip(ensemble.trees, inner, leaves.rows, strict=True):
        codes = np.zeros(len(tree.left), np.int64)
        codes[is_inner] = found[first : first + is_inner.sum()]
        first += int(is_inner.sum())
        roots.append(builder.add(tree, codes, rows, grid))
    if not builder.nodes:  # a tensor has at least one element: a node that no tree has
        builder.nodes.append((0, -1, -1, 0) if builder.missing else (0, -1, -1))
        builder.thresholds.append(0)
    constants = {
        "nodes": np.array(builder.nodes, np.int32),
        "thresholds": grid.stored(np.array(builder.thresholds, np.int64)),
        "roots": np.array(roots, np.int32),
        "leaves": np.array(builder.rows, np.int32),
        "start": leaves.start,
    }
    tensors = [Tensor(FEATURES, grid.type(batch, ensemble.features))]
    tensors += [Tensor(n, Type(v.shape, str(v.dtype)), v) for n, v in constants.items()]
    tensors.append(Tensor(OUTPUT, Type((batch, builder.outputs), leaves.dtype, leaves.quant)))
    node = Node("forest", "forest", (FEATURES, *constants), (OUTPUT,))
    return verify(Graph(name, (node,), {t.name: t for t in tensors}, (FEATURES,), (OUTPUT,)))
