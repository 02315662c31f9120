"""Slice: along axis i, the elements begin[i], begin[i] + step[i], … of x, count[i] of them.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| y | as x | `shape`: count, less dropped axes of one element | any; the stored values do not change |

Attributes: begin, step, count (tuples, one per axis of x; step of either sign, count >= 1), shape (tuple).
Source: TFLite operators SLICE, STRIDED_SLICE (begin, end and shrink-axis masks); docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape
from lapel.families.strides import Loop, MovingOp, count_loops, draw_plain, item_bytes, move, row_strides
from lapel.ir import Call, Case, Graph, Instance, Node, NodeSpec, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import AXES
from lapel.ir.axes import Perm, Permuted, moved, without
from lapel.ir.channels import Kept, Together, mapped
from lapel.ir.op import TfliteOperator, single

STRIDED_RANK = 4
"""Most dimensions that TFLite Micro takes in STRIDED_SLICE."""

Bounds = tuple[int | None, int | None, int]
"""begin, end and step of an axis."""


def read_slice(op: TfliteOperator) -> NodeSpec:
    x = op.inputs[0]
    assert x is not None
    if op.const(1).dtype != op.const(2).dtype:  # TFLite Micro reads both as the first is
        found = f"begin is {op.const(1).dtype} and size {op.const(2).dtype}"
        raise UnsupportedNode(f"{found}, expected one dtype for both: convert again")
    begin, sizes = ([int(n) for n in op.const(i).reshape(-1)] for i in (1, 2))
    _require_rank(begin, x)
    count = tuple(d - b if n == -1 else n for b, n, d in zip(begin, sizes, x.type.shape, strict=True))
    attrs = {"begin": tuple(begin), "step": (1,) * len(begin), "count": count, "shape": count}
    return NodeSpec("slice", (x,), attrs)


def read_strided_slice(op: TfliteOperator) -> NodeSpec:
    x = op.inputs[0]
    assert x is not None
    _require_plain(op)
    begin, end, step = ([int(n) for n in op.const(i).reshape(-1)] for i in (1, 2, 3))
    _require_rank(begin, x)
    masks = [int(op.option(name)) for name in ("BeginMask", "EndMask", "ShrinkAxisMask")]
    axes = []
    for axis, size in enumerate(x.type.shape):
        first, last, shrink = (bool(mask >> axis & 1) for mask in masks)
        bounds = (None if first else begin[axis], None if last else end[axis], step[axis])
        axes.append(resolve_shrink(axis, size, bounds) if shrink else resolve_axis(axis, size, bounds))
    begins, steps, counts = (tuple(column) for column in zip(*axes, strict=True))
    shape = tuple(n for axis, n in enumerate(counts) if not masks[2] >> axis & 1)
    return NodeSpec("slice", (x,), {"begin": begins, "step": steps, "count": counts, "shape": shape})


def resolve_axis(axis: int, size: int, bounds: Bounds) -> tuple[int, int, int]:
    """(begin, step, count) of begin:end:step as Python has it; None is an end of the axis."""
    if bounds[2] == 0:
        raise UnsupportedNode(f"step of axis {axis} is 0, expected any other number: fix the model")
    picked = range(size)[slice(*bounds)]
    return picked.start, picked.step if len(picked) > 1 else 1, len(picked)


def resolve_shrink(axis: int, size: int, bounds: Bounds) -> tuple[int, int, int]:
    """(begin, 1, 1): the axis is dropped and its end and step do not matter."""
    begin = 0 if bounds[0] is None else bounds[0]
    if not -size <= begin < size or bounds[2] < 1:
        raise UnsupportedNode(
            f"takes element {begin} of axis {axis} with step {bounds[2]}, "
            f"expected {-size}..{size - 1} and a step >= 1: fix the model"
        )
    return begin % size, 1, 1


def _require_plain(op: TfliteOperator) -> None:
    """TFLite Micro reads none of these fields."""
    for name in ("EllipsisMask", "NewAxisMask", "Offset"):
        if op.option(name):
            raise UnsupportedNode(
                f"{name} is {int(op.option(name))}, expected 0, as in TFLite Micro: give every axis its "
                "begin, end and step, and add axes by a reshape"
            )


def _require_rank(begin: Sequence[int], x: Tensor) -> None:
    if len(begin) != len(x.type.shape):
        raise UnsupportedNode(
            f"slices {len(begin)} axes of {list(x.type.shape)}, expected all {len(x.type.shape)}, as in "
            "TFLite Micro: give every axis its begin and end"
        )


def write_slice(inst: Instance) -> TfliteNode | None:
    attrs = inst.attrs
    if set(attrs["step"]) - {1} or attrs["shape"] != attrs["count"]:
        return None
    return TfliteNode((inst.inputs[0], _const(inst, "begin", attrs["begin"]), _const(inst, "size", attrs["count"])))


def write_strided_slice(inst: Instance) -> TfliteNode | None:
    begin, step, count = (inst.attrs[k] for k in ("begin", "step", "count"))
    end, end_mask = [], 0
    for axis, (b, s, n) in enumerate(zip(begin, step, count, strict=True)):
        last = b + s * (n - 1)
        end.append(last + (1 if s > 0 else -1))
        # An end of -1 would count from the back.
        end_mask |= (end[-1] < 0) << axis
    shrink_mask = sum(1 << axis for axis in dropped_axes(inst))
    consts = [_const(inst, name, v) for name, v in (("begin", begin), ("end", end), ("step", step))]
    return TfliteNode((inst.inputs[0], *consts), {"EndMask": end_mask, "ShrinkAxisMask": shrink_mask})


def dropped_axes(inst: Instance) -> list[int]:
    """The axes of x that y has not."""
    shape, gone = list(inst.attrs["shape"]), []
    for axis, n in enumerate(inst.attrs["count"]):
        if shape and shape[0] == n:
            del shape[0]
        else:
            gone.append(axis)
    return gone


def _const(inst: Instance, name: str, values: Sequence[int]) -> Tensor:
    data = np.array(values, np.int32)
    return Tensor(f"{inst.node.name}/{name}", Type(data.shape, "int32"), data)


class Slice(MovingOp):
    name = "slice"
    tflite = (
        TfliteForm("SLICE", "SliceOptions", range(1, 7), read_slice, write_slice),
        TfliteForm("STRIDED_SLICE", "StridedSliceOptions", range(1, 9), read_strided_slice, write_strided_slice),
    )

    attributes = {"begin": AXES, "step": AXES, "count": AXES, "shape": AXES}

    def check_shapes(self, inst: Instance) -> list[str]:
        problems, x, attrs = [], inst.x(), inst.attrs
        for axis, size in enumerate(x.shape):
            b, s, n = (attrs[k][axis] for k in ("begin", "step", "count"))
            if n < 1:
                problems.append(f"takes {n} elements of axis {axis} of {list(x.shape)}, expected >= 1")
            elif not (0 <= b < size and 0 <= b + s * (n - 1) < size):
                problems.append(f"takes elements {b}..{b + s * (n - 1)} of axis {axis}, expected 0..{size - 1}")
        if not problems and [d for d in attrs["shape"] if d > 1] != [d for d in attrs["count"] if d > 1]:
            problems.append(f"output is {list(attrs['shape'])}, expected {list(attrs['count'])} but for axes of 1")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.attrs["shape"], inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        axes = zip(*(inst.attrs[k] for k in ("begin", "step", "count")), strict=True)
        return (x[np.ix_(*(b + s * np.arange(n) for b, s, n in axes))].reshape(inst.attrs["shape"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        starts = zip(inst.attrs["begin"], row_strides(inst.x().shape), strict=True)
        x_start = sum(b * s for b, s in starts)
        return (move(inst.node.outputs[0], inst.node.inputs[0], inst.x().dtype, _loops(inst), x_start),)

    def alias(self, inst: Instance) -> bool:
        return inst.y().size == inst.x().size and count_loops(_loops(inst), inst.x().dtype) == 0

    def piece(self, inst: Instance) -> int | None:
        shape, count = inst.x().shape, inst.attrs["count"]
        cut = [axis for axis, n in enumerate(count) if n < shape[axis]]
        consecutive = not cut or (set(inst.attrs["step"]) <= {1} and all(n == 1 for n in count[: cut[-1]]))
        starts = zip(inst.attrs["begin"], row_strides(shape), strict=True)
        return sum(b * s for b, s in starts) * item_bytes(inst.x().dtype) if consecutive else None

    def together(self, inst: Instance) -> tuple[Together, ...]:
        (x,), last = inst.inputs, len(inst.x().shape) - 1
        if last in {-1, *dropped_axes(inst)} or inst.attrs["step"][last] != 1:
            return ()
        assert x is not None
        at = np.arange(inst.attrs["count"][last])
        return (mapped(x, inst.outputs[0], np.stack([inst.attrs["begin"][last] + at, at], axis=1)),)

    def narrowed(self, inst: Instance, kept: Kept) -> Mapping[str, Any]:
        begin, count = (inst.attrs[k] for k in ("begin", "count"))
        (x,), left = inst.node.inputs, len(kept[inst.node.outputs[0]])
        first = int((kept[x] < begin[-1]).sum())
        ends = {"begin": (*begin[:-1], first), "count": (*count[:-1], left)}
        return {**inst.attrs, **ends, "shape": (*inst.attrs["shape"][:-1], left)}

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        attrs = {k: moved(inst.attrs[k], perm, new) for k, new in (("begin", 0), ("step", 1), ("count", 1))}
        gone = dropped_axes(inst)
        shape = tuple(n for a, n in zip(perm, attrs["count"], strict=True) if a not in gone)
        return Permuted({**attrs, "shape": shape}, without(perm, gone))

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        (axis,) = axes
        assert axis is not None
        begin, step, counts = inst.attrs["begin"], inst.attrs["step"], inst.attrs["count"]
        gone = dropped_axes(inst)
        if axis in gone or step[axis] < 1:
            return None
        place = axis - sum(a < axis for a in gone)
        shape = inst.attrs["shape"]
        attrs = {
            **inst.attrs,
            "begin": (*begin[:axis], 0, *begin[axis + 1 :]),
            "count": (*counts[:axis], count, *counts[axis + 1 :]),
            "shape": (*shape[:place], count, *shape[place + 1 :]),
        }
        return Along((place,), attrs, 1, step[axis], -begin[axis])

    def cases(self) -> Sequence[Case]:
        return [
            Case("slice", partial(draw_slice, dtype="int8", strided=False)),
            Case("strided", partial(draw_slice, dtype="int8", strided=True)),
            Case("slice_int32", partial(draw_slice, dtype="int32", strided=False)),
            Case("strided_int32", partial(draw_slice, dtype="int32", strided=True)),
            Case("int16", partial(draw_slice, dtype="int16", strided=False)),
            Case("strided_int16", partial(draw_slice, dtype="int16", strided=True)),
        ]


def _loops(inst: Instance) -> list[Loop]:
    """(count, x stride, y stride) along each axis of x."""
    count = inst.attrs["count"]
    steps = [s * d for s, d in zip(inst.attrs["step"], row_strides(inst.x().shape), strict=True)]
    return list(zip(count, steps, row_strides(count), strict=True))


def draw_slice(rng: np.random.Generator, *, dtype: str, strided: bool) -> Graph:
    """Ranks 1 to 5, or to 4 with steps of -3..3 and some axes of one element dropped."""
    x = draw_plain(rng, "x", draw_shape(rng, int(rng.integers(1, STRIDED_RANK + 2 - strided)), 7), dtype)
    axes = [_draw_axis(rng, size, strided) for size in x.type.shape]
    begin, step, count = (tuple(column) for column in zip(*axes, strict=True))
    shape = tuple(n for n in count if not (strided and n == 1 and rng.random() < 0.5))
    y = Type(shape, dtype, x.type.quant)
    return single("slice", [x], [y], {"begin": begin, "step": step, "count": count, "shape": shape})


def _draw_axis(rng: np.random.Generator, size: int, strided: bool) -> tuple[int, int, int]:
    a, b = (int(i) for i in rng.integers(0, size, 2))
    step = int(rng.choice([-3, -2, -1, 1, 2, 3])) if strided else 1
    if rng.random() < 0.3:
        a, b = 0, size - 1
    first, last = (min(a, b), max(a, b)) if step > 0 else (max(a, b), min(a, b))
    count = (last - first) // step + 1
    return first, step if count > 1 else 1, count


def node(x: str, y: str, begin: Sequence[int], count: Sequence[int]) -> Node:
    """The node that copies count elements of each axis of x, from begin on."""
    taken = tuple(count)
    return Node(
        "slice", y, (x,), (y,), {"begin": tuple(begin), "step": (1,) * len(taken), "count": taken, "shape": taken}
    )


OP = Slice()
