"""Pack: inputs of one shape stacked along a new axis.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x0, x1, … | any, all the same; constants allowed | all the same | as y |
| y | as x | x's with the number of inputs inserted at `axis` | any |

Attributes: axis (0..rank of x).
Source: TFLite operator PACK; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_const, draw_shape
from lapel.families.strides import MovingOp, deposit, draw_plain, require_axis
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, Type
from lapel.ir.attribute import AXIS
from lapel.ir.axes import Perm, Permuted
from lapel.ir.op import TfliteOperator, single
from lapel.ir.signature import ANY, Alike, Signature


def read_tflite(op: TfliteOperator) -> NodeSpec:
    said = int(op.option("ValuesCount"))
    if said != len(op.inputs):  # TFLite Micro packs as many as the option says, and leaves the rest of y unwritten
        raise UnsupportedNode(f"ValuesCount is {said}, expected {len(op.inputs)}, one for each input: convert again")
    axis = require_axis(int(op.option("Axis")), len(op.outputs[0].type.shape))
    return NodeSpec("pack", op.inputs, {"axis": axis})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Axis": inst.attrs["axis"], "ValuesCount": len(inst.inputs)})


class Pack(MovingOp):
    name = "pack"
    tflite = (TfliteForm("PACK", "PackOptions", range(1, 5), read_tflite, write_tflite),)

    attributes = {"axis": AXIS}
    signatures = (Signature((Alike(),), (ANY,), repeat="inputs"),)

    def check_shapes(self, inst: Instance) -> list[str]:
        problems, first = [], inst.x().shape
        if not 0 <= inst.attrs["axis"] <= len(first):
            problems.append(f"axis is {inst.attrs['axis']}, expected 0..{len(first)} for {list(first)}")
        for i in range(1, len(inst.inputs)):
            if inst.x(i).shape != first:
                problems.append(f"input {i} is {list(inst.x(i).shape)}, expected {list(first)}")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        axis, shape = inst.attrs["axis"], inst.x().shape
        return (((*shape[:axis], len(inst.inputs), *shape[axis:]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return (np.stack([a for a in arrays if a is not None], axis=inst.attrs["axis"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        block = Type(inst.x().shape[inst.attrs["axis"] :], inst.y().dtype).size
        n = len(inst.inputs)
        return tuple(deposit(inst, i, block, n * block, i * block) for i in range(n))

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        axis = inst.attrs["axis"]
        shifted = tuple(a if a is None else a + (a >= axis) for a in perm)
        return Permuted(inst.attrs, (*shifted[:axis], axis, *shifted[axis:]), tuple(range(len(inst.inputs))))

    def cases(self) -> Sequence[Case]:
        return [
            Case("int8", partial(draw_pack, dtype="int8", constant=False)),
            Case("int8_constant", partial(draw_pack, dtype="int8", constant=True)),
            Case("int32", partial(draw_pack, dtype="int32", constant=False)),
            Case("int16", partial(draw_pack, dtype="int16", constant=False)),
        ]


def draw_pack(rng: np.random.Generator, *, dtype: str, constant: bool) -> Graph:
    """One to four inputs of rank 1 to 4; `constant`: the last one is."""
    first = draw_plain(rng, "x0", draw_shape(rng, int(rng.integers(1, 5)), 5), dtype)
    shape, n = first.type.shape, int(rng.integers(1, 5)) + constant
    axis = int(rng.integers(0, len(shape) + 1))
    xs = [Tensor(f"x{i}", first.type) for i in range(n)]
    if constant:
        xs[-1] = draw_const(rng, xs[-1])
    y = Type((*shape[:axis], n, *shape[axis:]), dtype, first.type.quant)
    return single("pack", xs, [y], {"axis": axis})


OP = Pack()
