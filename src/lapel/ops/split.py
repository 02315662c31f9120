"""Split: x cut along an axis into consecutive outputs.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| y0, y1, … | as x | x's with sizes[i] along `axis` | any; the stored values do not change |

Attributes: axis (0..rank-1), sizes (tuple, one for each output, >= 1, together x's size along the axis).
Source: TFLite operators SPLIT, SPLIT_V; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, draw_plain, extract, require_axis
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import AXES, AXIS
from lapel.ir.axes import Perm, Permuted
from lapel.ir.channels import Kept, Together, laid_out
from lapel.ir.op import TfliteOperator, single
from lapel.ir.signature import ANY, Signature


def read_split(op: TfliteOperator) -> NodeSpec:
    x, n = _input(op, 1), len(op.outputs)
    axis = require_axis(int(op.const(0).reshape(-1)[0]), len(x.type.shape))
    size, rest = divmod(x.type.shape[axis], n)
    if rest:
        raise UnsupportedNode(f"splits axis {axis} of {list(x.type.shape)} into {n} equal parts")
    return NodeSpec("split", (x,), {"axis": axis, "sizes": (size,) * n})


def read_split_v(op: TfliteOperator) -> NodeSpec:
    x, sizes = _input(op, 0), [int(n) for n in op.const(1).reshape(-1)]
    axis = require_axis(int(op.const(2).reshape(-1)[0]), len(x.type.shape))
    if sizes.count(-1) == 1:
        sizes[sizes.index(-1)] = x.type.shape[axis] - sum(sizes) - 1
    return NodeSpec("split", (x,), {"axis": axis, "sizes": tuple(sizes)})


def write_split(inst: Instance) -> TfliteNode | None:
    sizes = inst.attrs["sizes"]
    if len(set(sizes)) != 1:
        return None
    return TfliteNode((_axis(inst), inst.inputs[0]), {"NumSplits": len(sizes)})


def write_split_v(inst: Instance) -> TfliteNode:
    sizes = np.array(inst.attrs["sizes"], np.int32)
    const = Tensor(f"{inst.node.name}/sizes", Type(sizes.shape, "int32"), sizes)
    return TfliteNode((inst.inputs[0], const, _axis(inst)), {"NumSplits": len(sizes)})


def _axis(inst: Instance) -> Tensor:
    return Tensor(f"{inst.node.name}/axis", Type((1,), "int32"), np.array([inst.attrs["axis"]], np.int32))


def _input(op: TfliteOperator, i: int) -> Tensor:
    x = op.inputs[i]
    if x is None:
        raise UnsupportedNode(f"has no input {i}, expected a tensor: convert the model again")
    return x


class Split(MovingOp):
    name = "split"
    tflite = (
        TfliteForm("SPLIT", "SplitOptions", range(1, 5), read_split, write_split),
        TfliteForm("SPLIT_V", "SplitVOptions", range(1, 3), read_split_v, write_split_v),
    )

    attributes = {"axis": AXIS, "sizes": AXES}
    signatures = (Signature((ANY,), (ANY,), repeat="outputs"),)

    def check_shapes(self, inst: Instance) -> list[str]:
        axis, sizes, shape = inst.attrs["axis"], inst.attrs["sizes"], inst.x().shape
        if not 0 <= axis < len(shape):
            return [f"axis is {axis}, expected 0..{len(shape) - 1} for {list(shape)}"]
        if len(sizes) != len(inst.outputs) or min(sizes) < 1 or sum(sizes) != shape[axis]:
            return [
                f"cuts axis {axis} of {list(shape)} into {list(sizes)} for {len(inst.outputs)} outputs, "
                f"expected a size >= 1 for each output and {shape[axis]} in all"
            ]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        axis, x = inst.attrs["axis"], inst.x()
        return tuple(((*x.shape[:axis], n, *x.shape[axis + 1 :]), x.dtype) for n in inst.attrs["sizes"])

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return tuple(np.split(x, np.cumsum(inst.attrs["sizes"])[:-1], axis=inst.attrs["axis"]))

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        axis, shape, calls, at = inst.attrs["axis"], inst.x().shape, [], 0
        inner = Type(shape[axis + 1 :], inst.x().dtype).size
        for i, size in enumerate(inst.attrs["sizes"]):
            calls.append(extract(inst, i, size * inner, shape[axis] * inner, at))
            at += size * inner
        return tuple(calls)

    def together(self, inst: Instance) -> tuple[Together, ...]:
        (x,) = inst.inputs
        assert x is not None
        return laid_out(x, inst.outputs, inst.attrs["axis"] == len(x.type.shape) - 1)

    def narrowed(self, inst: Instance, kept: Kept) -> Mapping[str, Any]:
        if inst.attrs["axis"] < len(inst.x().shape) - 1:
            return inst.attrs
        return {**inst.attrs, "sizes": tuple(len(kept[y.name]) for y in inst.outputs)}

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        (axis,) = axes
        return (
            Along((axis,) * len(inst.outputs), inst.attrs) if axis is not None and axis != inst.attrs["axis"] else None
        )

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({**inst.attrs, "axis": perm.index(inst.attrs["axis"])}, perm)

    def cases(self) -> Sequence[Case]:
        return [
            Case("equal", partial(draw_split, dtype="int8", equal=True)),
            Case("unequal", partial(draw_split, dtype="int8", equal=False)),
            Case("int32", partial(draw_split, dtype="int32", equal=True)),
            Case("int16", partial(draw_split, dtype="int16", equal=True)),
        ]


def draw_split(rng: np.random.Generator, *, dtype: str, equal: bool) -> Graph:
    """One to four outputs of rank 1 to 4."""
    shape, n = list(draw_shape(rng, int(rng.integers(1, 5)), 5)), int(rng.integers(1, 5))
    axis = int(rng.integers(0, len(shape)))
    sizes = tuple(int(d) for d in rng.integers(1, 5, n)) if not equal else (shape[axis],) * n
    x = draw_plain(rng, "x", (*shape[:axis], sum(sizes), *shape[axis + 1 :]), dtype)
    ys = [Type((*shape[:axis], d, *shape[axis + 1 :]), dtype, x.type.quant) for d in sizes]
    return single("split", [x], ys, {"axis": axis, "sizes": sizes})


OP = Split()
