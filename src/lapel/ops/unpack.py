"""Unpack: x cut along an axis into slices without that axis; the inverse of pack.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [d_0, …] | any |
| y0, y1, … | as x | x's without `axis`; d_axis outputs | any; the stored values do not change |

Attributes: axis (0..rank-1).
Source: TFLite operator UNPACK; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, draw_plain, extract, require_axis
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, Type
from lapel.ir.attribute import AXIS
from lapel.ir.axes import Perm, Permuted, without
from lapel.ir.op import TfliteOperator, single
from lapel.ir.signature import ANY, Signature


def read_tflite(op: TfliteOperator) -> NodeSpec:
    said = int(op.option("Num"))
    if said != len(op.outputs):  # TFLite Micro makes as many as the option says
        raise UnsupportedNode(f"Num is {said}, expected {len(op.outputs)}, one for each output: convert again")
    rank = len(op.outputs[0].type.shape) + 1
    return NodeSpec("unpack", op.inputs[:1], {"axis": require_axis(int(op.option("Axis")), rank)})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Axis": inst.attrs["axis"], "Num": len(inst.outputs)})


class Unpack(MovingOp):
    name = "unpack"
    tflite = (TfliteForm("UNPACK", "UnpackOptions", range(1, 5), read_tflite, write_tflite),)

    attributes = {"axis": AXIS}
    signatures = (Signature((ANY,), (ANY,), repeat="outputs"),)

    def check_shapes(self, inst: Instance) -> list[str]:
        axis, shape = inst.attrs["axis"], inst.x().shape
        if not 0 <= axis < len(shape):
            return [f"axis is {axis}, expected 0..{len(shape) - 1} for {list(shape)}"]
        if shape[axis] != len(inst.outputs):
            return [f"has {len(inst.outputs)} outputs, expected {shape[axis]}: axis {axis} of {list(shape)}"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        axis, x = inst.attrs["axis"], inst.x()
        return (((*x.shape[:axis], *x.shape[axis + 1 :]), x.dtype),) * x.shape[axis]

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return tuple(np.array(part) for part in np.moveaxis(x, inst.attrs["axis"], 0))

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        n = len(inst.outputs)
        block = Type(inst.x().shape[inst.attrs["axis"] + 1 :], inst.x().dtype).size
        return tuple(extract(inst, i, block, n * block, i * block) for i in range(n))

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({"axis": perm.index(inst.attrs["axis"])}, without(perm, [inst.attrs["axis"]]))

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_unpack, dtype=dtype)) for dtype in ("int8", "int16", "int32")]


def draw_unpack(rng: np.random.Generator, *, dtype: str) -> Graph:
    """One to four outputs of rank 1 to 3."""
    shape = draw_shape(rng, int(rng.integers(2, 5)), 4)
    axis = int(rng.integers(0, len(shape)))
    x = draw_plain(rng, "x", shape, dtype)
    y = Type((*shape[:axis], *shape[axis + 1 :]), dtype, x.type.quant)
    return single("unpack", [x], [y] * shape[axis], {"axis": axis})


OP = Unpack()
