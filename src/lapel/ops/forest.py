"""Decision trees, all of them for each row, and the sum of their leaves: y[n] = start + Σ_t leaves[leaf of t for x[n]].

    node m: x[n][feature] <= threshold[m] ? left : right, from the root on, until it is a leaf

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16, float32 | [N, F] | any; no part of the arithmetic |
| nodes | int32 constant | [M, 3]: feature, left child, right child; a later node, or -1 - leaf; or [M, 4] | none |
| thresholds | as x, constant | [M] | none |
| roots | int32 constant | [T]: nodes, or -1 - leaf | none |
| leaves | int32 constant | [L, O] | none |
| start | int32 constant | [O] | none |
| y | int8, int32 | [N, O] | any |

Attributes: none. Values of float32 are compared by their bits (`lapel.families.trees.float_keys`), which is their
order, with -0.0 below 0.0 and NaN of a clear sign bit above all; with nodes of four numbers, of float32, NaN of either
sign goes left where the fourth is 1, and right where it is 0. An int8 y is of votes: 0..15 of a leaf for each of 16
classes.
Source: Breiman et al., Classification and Regression Trees, 1984; docs/SPEC.md §15.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.trees import (
    BYTES,
    MOST_CLASSES,
    PARTING_LEFT,
    WORDS,
    WORDS32,
    Layout,
    Trees,
    float_keys,
    most_common_whole,
    parting,
    problems,
    stream,
    sum_leaf,
    tree_lengths,
    value_units,
    vote_leaf,
)
from lapel.ir import Call, Case, Graph, Instance, Op
from lapel.ir.along import Along, Axes
from lapel.ir.graph import DTYPES, Quant, Tensor, Type
from lapel.ir.op import Param, single
from lapel.ir.signature import INT32_CONSTANT, Plain, Signature

MISSING = 3
"""The column of nodes that says where NaN goes, if there is one."""
MOST_VOTES = 15
MOST_ENTRIES = 126
"""Of a leaf, by its first byte: votes of MOST_CLASSES classes are fewer."""
X = ("int8", "int16", "float32")


def row(x: str, y: str) -> Signature:
    constants = INT32_CONSTANT, Plain((x,), "thresholds", constant=True), *[INT32_CONSTANT] * 3
    return Signature((Plain((x,), "input"), *constants), (Plain((y,)),))


class Forest(Op):
    name = "forest"
    tflite = ()
    attributes = {}
    signatures = tuple(row(x, y) for x in X for y in ("int8", "int32"))

    def check_shapes(self, inst: Instance) -> list[str]:
        x, nodes, thresholds, roots, leaves, start = (inst.x(k).shape for k in range(6))
        columns = (3, 4) if inst.x().dtype == "float32" else (3,)
        fits = (
            len(nodes) == 2 and nodes[1] in columns and thresholds == nodes[:1] and len(roots) == 1 and len(leaves) == 2
        )
        if len(x) != 2 or not fits or start != leaves[1:]:
            found = f"its operands have shapes {x}, {nodes}, {thresholds}, {roots}, {leaves}, {start}"
            either = "[M, 3] or [M, 4]" if len(columns) > 1 else "[M, 3]"
            return [f"{found}, expected [N, F], {either}, [M], [T], [L, O], [O]: fix the model"]
        return [] if any(t is None or t.data is None for t in inst.inputs[1:]) else list(problems(trees(inst), x[1]))

    def check(self, inst: Instance) -> list[str]:
        found, y = trees(inst), np.iinfo(DTYPES[inst.y().dtype])
        low, high = found.bounds()
        if low.min() < y.min or high.max() > y.max:
            return [f"its sums reach {low.min():,}..{high.max():,}, expected {y.min:,}..{y.max:,} of {inst.y().dtype}"]
        if inst.y().dtype == "int8":
            return _vote_problems(found)
        return _entry_problems(found) + _length_problems(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((inst.x().shape[0], inst.x(4).shape[1]), inst.y().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x = arrays[0]
        assert x is not None
        found = trees(inst)
        return (found.sums(float_keys(x) if x.dtype == np.float32 else x).astype(DTYPES[inst.y().dtype]),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, found = arrays[0], trees(inst)
        assert x is not None
        (scale, zero), (step, base) = (_affine(t) for t in (inst.x(), inst.y()))
        stored = inst.const(2)
        assert stored is not None
        moved = replace(found, thresholds=(stored.astype(np.float64) - zero) * scale)
        return ((moved.sums(x) - base) * step,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        found, kernel, layout = trees(inst), "forest", layout_of(inst)
        kernel += {"int16": "16", "float32": "32"}.get(inst.x().dtype, "wide" if layout is not BYTES else "")
        if found.missing is not None:
            kernel, found = f"{kernel}missing", parting(found)
        params: dict[str, Param] = {
            "rows": inst.x().shape[0],
            "features": inst.x().shape[1],
            "outputs": inst.y().shape[1],
        }
        params |= {"count": len(found.roots)}
        if inst.y().dtype == "int8":
            whole = most_common_whole(found)
            units = stream(found, layout, vote_leaf(found.leaves, layout, whole))
            params |= {"trees": units, "start": int(found.start[0]), "whole": whole}
            return (Call(kernel, inst.node.outputs, inst.node.inputs[:1], params),)
        width = value_units(found.leaves, layout)
        units = stream(found, layout, sum_leaf(found.leaves, layout, width))
        params |= {"trees": units, "start": found.start, "width": width}
        return (Call(f"{kernel}sum", inst.node.outputs, inst.node.inputs[:1], params),)

    def within(self, inst: Instance, flash_bytes: int) -> str:
        (call,) = self.lower(inst)
        units, count = np.asarray(call.params["trees"]), call.params["count"]
        assert isinstance(count, int)
        ends = np.cumsum(tree_lengths(units, layout_of(inst))) * units.itemsize
        fit = int(np.searchsorted(ends, flash_bytes, side="right"))
        return f"{fit} of its {count} trees" if 0 < fit < count else ""

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return Along((0,), inst.attrs) if axes[0] == 0 and all(a is None for a in axes[1:]) else None

    def cases(self) -> Sequence[Case]:
        return [
            Case("votes", partial(draw_forest, x="int8", y="int8"), "none"),
            Case("sums", partial(draw_forest, x="int8", y="int32"), "none"),
            Case("many_features", partial(draw_forest, x="int8", y="int8", features=300), "none"),
            Case("many_features_sums", partial(draw_forest, x="int8", y="int32", features=200), "none"),
            Case("int16_votes", partial(draw_forest, x="int16", y="int8"), "none"),
            Case("int16_sums", partial(draw_forest, x="int16", y="int32"), "none"),
            Case("float32_votes", partial(draw_forest, x="float32", y="int8"), "none"),
            Case("float32_sums", partial(draw_forest, x="float32", y="int32"), "none"),
            Case("missing_votes", partial(draw_forest, x="float32", y="int8", missing=True), "none"),
            Case("missing_sums", partial(draw_forest, x="float32", y="int32", missing=True), "none"),
        ]


def _affine(t: Type) -> tuple[float, int]:
    """Scale and zero point, of what has them."""
    return (1.0, 0) if t.quant is None or t.quant.axis is not None else (t.scale, t.zero)


def trees(inst: Instance) -> Trees:
    """The node's constants; thresholds of float32 as their keys."""
    nodes, thresholds, roots, leaves, start = (inst.const(k) for k in range(1, 6))
    assert nodes is not None and thresholds is not None
    assert roots is not None and leaves is not None and start is not None
    if thresholds.dtype == np.float32:
        thresholds = float_keys(thresholds)
    missing = nodes[:, MISSING] != 0 if nodes.shape[1] > MISSING else None
    return Trees(nodes[:, :MISSING], thresholds, roots, leaves, start, missing)


def layout_of(inst: Instance) -> Layout:
    """What kernels read: bytes where features and thresholds are bytes."""
    if inst.x().dtype == "int8":
        return BYTES if inst.x().shape[1] <= BYTES.most_features else WORDS
    return WORDS if inst.x().dtype == "int16" else WORDS32


def _vote_problems(found: Trees) -> list[str]:
    leaves = found.leaves
    if leaves.shape[1] > MOST_CLASSES:
        return [f"has {leaves.shape[1]} outputs, expected at most {MOST_CLASSES} of votes: use an int32 output"]
    if leaves.size and (leaves.min() < 0 or leaves.max() > MOST_VOTES):
        return [f"its leaves have {leaves.min()}..{leaves.max()} votes, expected 0..{MOST_VOTES}: use an int32 output"]
    if len(np.unique(found.start)) > 1:
        return [f"its outputs start with {found.start.tolist()}, expected one number of votes: use an int32 output"]
    return []


def _entry_problems(found: Trees) -> list[str]:
    most = int((found.leaves != 0).sum(axis=1).max(initial=0))
    if most > MOST_ENTRIES or found.leaves.shape[1] > 1 << BYTES.bits:
        what = f"a leaf has {most} numbers of {found.leaves.shape[1]} outputs"
        return [f"{what}, expected at most {MOST_ENTRIES} of {1 << BYTES.bits}: use fewer classes"]
    return []


def _length_problems(inst: Instance) -> list[str]:
    features, most = inst.x().shape[1], layout_of(inst).most_features
    if inst.x(1).shape[1] > MISSING:
        most = PARTING_LEFT
    if features > most - 1:
        return [f"has {features:,} features, expected at most {most - 1:,}: leave out those that no tree reads"]
    return []


def draw_forest(rng: np.random.Generator, *, x: str, y: str, features: int = 0, missing: bool = False) -> Graph:
    """Three trees, among them a leaf alone and chains longer than a byte can skip; votes of whole leaves."""
    features = features or int(rng.integers(1, 20))
    outputs = int(rng.integers(1, 9))
    sizes = [int(rng.choice([1, 3, 20])), *rng.choice([0, 1, 3, 90], 2).tolist()]
    grown = [_grow(rng, size, chain=bool(rng.random() < 0.3)) for size in sizes]
    nodes: list[list[int]] = []
    roots: list[int] = []
    leaves = 0
    for tree, count in grown:
        first = len(nodes)
        shifted = [[c + first if c >= 0 else c - leaves for c in children] for children in tree]
        roots.append(first if tree else -1 - leaves)
        nodes += [[int(rng.integers(features)), *children] for children in shifted]
        leaves += count
    made = np.array(nodes, np.int32).reshape(-1, 3)
    if missing:
        made = np.concatenate([made, rng.integers(0, 2, (len(made), 1), np.int32)], axis=1)
    thresholds = draw_values(rng, (len(made),), x)
    start = np.full(outputs, -128) if y == "int8" else rng.integers(-(10**6), 10**6, outputs)
    constants = {
        "nodes": made,
        "thresholds": thresholds,
        "roots": np.array(roots, np.int32),
        "leaves": draw_leaves(rng, (leaves, outputs), y),
        "start": np.asarray(start, np.int32),
    }
    given = [Tensor(n, Type(v.shape, str(v.dtype)), v) for n, v in constants.items()]
    rows = int(rng.integers(1, 4))
    quant = Quant((1 / 64,), (-128 if y == "int8" else 0,))
    return single("forest", [Tensor("x", Type((rows, features), x)), *given], [Type((rows, outputs), y, quant)], {})


def draw_values(rng: np.random.Generator, shape: tuple[int, ...], dtype: str) -> np.ndarray:
    """Thresholds anywhere in their dtype."""
    if dtype == "float32":
        return np.asarray(rng.normal(0, 1, shape), np.float32)
    info = np.iinfo(DTYPES[dtype])
    return rng.integers(info.min, info.max, shape, DTYPES[dtype], endpoint=True)


def draw_leaves(rng: np.random.Generator, shape: tuple[int, int], y: str) -> np.ndarray:
    """Votes, most of them for one class alone, or numbers of one, two or four bytes."""
    if y == "int32":
        reach = int(rng.choice([100, 30000, 2**28]))
        return np.asarray(rng.integers(-reach, reach, shape) * (rng.random(shape) < 0.7), np.int32)
    votes = rng.integers(0, MOST_VOTES + 1, shape) * (rng.random(shape) < 0.5)
    whole = np.eye(shape[1], dtype=np.int64)[rng.integers(0, shape[1], shape[0])] * 12
    made = np.where(rng.random((shape[0], 1)) < 0.6, whole, votes)
    made[0] = 0  # a leaf may have no votes at all
    return np.asarray(made, np.int32)


def _grow(rng: np.random.Generator, inner: int, *, chain: bool) -> tuple[list[list[int]], int]:
    """(children of each inner node, number of leaves) of a random tree, or of one that is a chain to the left."""
    children: list[list[int]] = []
    open_ends: list[tuple[int, int]] = []
    for k in range(inner):
        if k:
            at, side = open_ends.pop(0 if chain else int(rng.integers(len(open_ends))))
            children[at][side] = k
        children.append([0, 0])
        open_ends = [(k, 0), (k, 1), *open_ends]
    for leaf, (at, side) in enumerate(open_ends):
        children[at][side] = -1 - leaf
    return children, max(len(open_ends), 1)


OP = Forest()
