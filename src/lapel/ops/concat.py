"""Concat: the inputs one after the other along an axis.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x0, x1, … | any, all the same; constants allowed | equal but for `axis` | as y |
| y | as x | the sum of the inputs' sizes along `axis` | any |

Attributes: axis (0..rank-1).
Inputs quantized otherwise than y are refused: LiteRT refuses them, and TFLite Micro copies the stored values
unscaled, which is never what the model means.
Source: TFLite operator CONCATENATION; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_const, draw_shape
from lapel.families.strides import MovingOp, deposit, draw_plain, require_axis
from lapel.families.weights import activation_name
from lapel.ir import Call, Case, Graph, Instance, Node, NodeSpec, TfliteForm, TfliteNode, Type
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import AXIS
from lapel.ir.axes import Perm, Permuted
from lapel.ir.channels import Together, laid_out
from lapel.ir.op import TfliteOperator, single
from lapel.ir.signature import ANY, Alike, Signature


def read_tflite(op: TfliteOperator) -> NodeSpec:
    activation = activation_name(op.option("FusedActivationFunction"))
    if activation != "none":
        raise UnsupportedNode(f"fused activation {activation}, expected none: make it a node of its own")
    axis = require_axis(int(op.option("Axis")), len(op.outputs[0].type.shape))
    return NodeSpec("concat", op.inputs, {"axis": axis})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Axis": inst.attrs["axis"], "FusedActivationFunction": 0})


class Concat(MovingOp):
    name = "concat"
    tflite = (TfliteForm("CONCATENATION", "ConcatenationOptions", range(1, 5), read_tflite, write_tflite),)

    attributes = {"axis": AXIS}
    signatures = (Signature((Alike(),), (ANY,), repeat="inputs"),)

    def check_shapes(self, inst: Instance) -> list[str]:
        axis, first = inst.attrs["axis"], inst.x().shape
        if not 0 <= axis < len(first):
            return [f"axis is {axis}, expected 0..{len(first) - 1} for {list(first)}"]
        problems = []
        for i in range(1, len(inst.inputs)):
            shape = inst.x(i).shape
            if (shape[:axis], shape[axis + 1 :]) != (first[:axis], first[axis + 1 :]):
                problems.append(f"input {i} is {list(shape)}, expected {list(first)} but for axis {axis}")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        axis, shape = inst.attrs["axis"], inst.x().shape
        total = sum(inst.x(i).shape[axis] for i in range(len(inst.inputs)))
        return (((*shape[:axis], total, *shape[axis + 1 :]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return (np.concatenate([a for a in arrays if a is not None], axis=inst.attrs["axis"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        axis, y, calls, at = inst.attrs["axis"], inst.y().shape, [], 0
        inner = Type(y[axis + 1 :], inst.y().dtype).size
        for i in range(len(inst.inputs)):
            block = inst.x(i).shape[axis] * inner
            calls.append(deposit(inst, i, block, y[axis] * inner, at))
            at += block
        return tuple(calls)

    def parts(self, inst: Instance) -> tuple[int, ...]:
        axis, sizes = inst.attrs["axis"], [inst.x(i).bytes for i in range(len(inst.inputs))]
        outer = Type(inst.y().shape[:axis], "int8").size
        return tuple(sum(sizes[:i]) for i in range(len(sizes))) if outer == 1 else ()

    def together(self, inst: Instance) -> tuple[Together, ...]:
        y = inst.outputs[0]
        along = inst.attrs["axis"] == len(y.type.shape) - 1
        return laid_out(y, [t for t in inst.inputs if t is not None], along)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        axis, *others = axes
        alike = axis is not None and all(a == axis for a in others) and axis != inst.attrs["axis"]
        return Along((axis,), inst.attrs) if alike and axis is not None else None

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({"axis": perm.index(inst.attrs["axis"])}, perm, tuple(range(len(inst.inputs))))

    def cases(self) -> Sequence[Case]:
        return [
            Case("int8", partial(draw_concat, dtype="int8", constant=False)),
            Case("int8_constant", partial(draw_concat, dtype="int8", constant=True)),
            Case("int32", partial(draw_concat, dtype="int32", constant=False)),
            Case("int16", partial(draw_concat, dtype="int16", constant=False)),
        ]


def draw_concat(rng: np.random.Generator, *, dtype: str, constant: bool) -> Graph:
    """Two to five inputs of rank 1 to 4; `constant`: one of them is."""
    first = draw_plain(rng, "x0", draw_shape(rng, int(rng.integers(1, 5)), 5), dtype)
    axis = int(rng.integers(0, len(first.type.shape)))
    sizes = [int(d) for d in rng.integers(1, 5, int(rng.integers(2, 6)))]

    def resized(size: int) -> Type:
        shape = first.type.shape
        return Type((*shape[:axis], size, *shape[axis + 1 :]), dtype, first.type.quant)

    xs = [type(first)(f"x{i}", resized(size)) for i, size in enumerate(sizes)]
    if constant:
        i = int(rng.integers(0, len(xs)))
        xs[i] = draw_const(rng, xs[i])
    return single("concat", xs, [resized(sum(sizes))], {"axis": axis})


def node(name: str, parts: Sequence[str], y: str, axis: int) -> Node:
    """The node that puts these tensors side by side."""
    return Node("concat", name, tuple(parts), (y,), {"axis": axis})


OP = Concat()
