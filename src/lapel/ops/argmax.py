"""Index of the largest value along one axis; the first of equals.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any rank >= 1 | any |
| y | int32 | that of x without the axis | none |

Attributes: axis (int >= 0). Source: TFLite Micro ARG_MAX; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from math import prod
from typing import ClassVar

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape, draw_type
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import AXIS
from lapel.ir.axes import Perm, Permuted, without
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature, Stored

OUTPUT_CODE = 2
"""TensorType code of int32, the option OutputType."""


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    x, axis = op.inputs[0], op.const(1)
    rank = 0 if x is None else len(x.type.shape)
    if axis.size != 1 or not -rank <= int(axis.flat[0]) < rank:
        raise UnsupportedNode(f"axis is {axis.tolist()}, expected one number in {-rank}..{rank - 1}: fix the model")
    return NodeSpec(name, (x,), {"axis": int(axis.flat[0]) % rank})


def write_tflite(inst: Instance) -> TfliteNode:
    axis = Tensor(f"{inst.node.name}/axis", Type((1,), "int32"), np.array([inst.attrs["axis"]], np.int32))
    return TfliteNode((inst.inputs[0], axis), {"OutputType": OUTPUT_CODE})


class Argmax(Op):
    name = "argmax"
    flip: ClassVar[int] = 0
    tflite = (TfliteForm("ARG_MAX", "ArgMaxOptions", range(1, 4), partial(read_tflite, "argmax"), write_tflite),)

    attributes = {"axis": AXIS}
    signatures = (
        Signature(
            (Stored(("int8",), "input", advice="apply it to the quantized tensor"),),
            (Plain(("int32",), advice="set output_type in the model"),),
        ),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        axis, rank = inst.attrs["axis"], len(inst.x().shape)
        return [] if 0 <= axis < rank else [f"axis is {axis}, expected 0..{rank - 1}: fix the model"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        shape, axis = inst.x().shape, inst.attrs["axis"]
        return ((shape[:axis] + shape[axis + 1 :], "int32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.asarray(np.argmax(x ^ np.int8(self.flip), axis=inst.attrs["axis"]), np.int32),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.asarray(np.argmax(x, axis=inst.attrs["axis"]), np.int32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        shape, axis = inst.x().shape, inst.attrs["axis"]
        params = {
            "outer": prod(shape[:axis]),
            "count": shape[axis],
            "inner": prod(shape[axis + 1 :]),
            "flip": self.flip,
        }
        return (Call("argmax", inst.node.outputs, inst.node.inputs, params),)

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted({"axis": perm.index(inst.attrs["axis"])}, without(perm, [inst.attrs["axis"]]))

    def cases(self) -> Sequence[Case]:
        return [
            Case("last", partial(draw_argmax, name=self.name, last=True)),
            Case("any", partial(draw_argmax, name=self.name, last=False)),
        ]


def draw_argmax(rng: np.random.Generator, *, name: str, last: bool) -> Graph:
    shape = draw_shape(rng, int(rng.integers(1, 5)), 8)
    axis = len(shape) - 1 if last else int(rng.integers(0, len(shape)))
    x = draw_type(rng, "x", shape)
    return single(name, [x], [Type(shape[:axis] + shape[axis + 1 :], "int32")], {"axis": axis})


OP = Argmax()
