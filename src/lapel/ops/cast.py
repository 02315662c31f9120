"""Cast between integers: the same number in another width, modulo 2^bits where it does not fit.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | bool, int8, int16, int32, uint32 | any | any; no part of the arithmetic |
| y | int8, int16, int32, uint32 | that of x | any |

Attributes: dtype (that of y). Stored integers are cast, not what they stand for. Source: TFLite Micro CAST;
docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import item_bytes
from lapel.families.unlike import differs, scaled, steps_off, stored
from lapel.ir import DTYPES, Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Quant, Tensor
from lapel.ir.numbers import numbers
from lapel.ir.op import single
from lapel.ir.signature import Plain, Signature

FROM, TO = ("bool", "int8", "int16", "int32", "uint32"), ("int8", "int16", "int32", "uint32")
CODES = {"float32": 0, "int32": 2, "bool": 6, "int16": 7, "int8": 9, "uint32": 15}
"""TensorType codes."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("cast", op.inputs[:1], {"dtype": op.outputs[0].type.dtype})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"InDataType": CODES[inst.x().dtype], "OutDataType": CODES[inst.y().dtype]})


class Cast(Op):
    name = "cast"
    elementwise = True
    tflite = (TfliteForm("CAST", "CastOptions", range(1, 8), read_tflite, write_tflite),)

    attributes = {"dtype": Attribute("str", choices=TO)}
    signatures = (Signature((Plain(FROM, "input"),), (Plain(TO),)),)

    def surprises(self, inst: Instance) -> list[str]:
        (x,), y = inst.inputs, inst.y()
        if x is None or not scaled(x.type):
            return []
        y, q = y if scaled(y) else replace(y, quant=Quant((1.0,), (0,))), stored(x)
        steps = steps_off(y, q.astype(DTYPES[y.dtype]), numbers(x.type, q))
        return differs(inst, "casts stored integers", steps, "use QUANTIZE or DEQUANTIZE instead")

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.attrs["dtype"]),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x.astype(DTYPES[inst.attrs["dtype"]]),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.reference(inst, *arrays)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params = {"count": inst.x().size, "x_bytes": item_bytes(inst.x().dtype), "y_bytes": item_bytes(inst.y().dtype)}
        return (Call("cast", inst.node.outputs, inst.node.inputs, params),)

    def alias(self, inst: Instance) -> bool:
        return item_bytes(inst.x().dtype) == item_bytes(inst.y().dtype)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        pairs = (("int8", "int32"), ("int16", "int8"), ("int32", "int16"), ("bool", "int8"), ("uint32", "int16"))
        return [Case(f"{x}_{y}", partial(draw_cast, x=x, y=y)) for x, y in pairs]


def draw_cast(rng: np.random.Generator, *, x: str, y: str) -> Graph:
    shape = draw_shape(rng, int(rng.integers(1, 4)), 6)
    return single("cast", [Tensor("x", Type(shape, x))], [Type(shape, y)], {"dtype": y})


OP = Cast()
