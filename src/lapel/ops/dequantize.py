"""Integers to float32: y = scale · (x - zero), one float32 product.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, uint8, int16 | any | per tensor |
| y | float32 | that of x | none |

Attributes: none. Source: TFLite Micro DEQUANTIZE; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.ir import Call, Case, Graph, Instance, Node, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import Plain, Scaled, unary
from lapel.ops.quantize import draw_quant

OFFSETS = {"int8": 0, "uint8": 128}
"""What subtracting makes the values of a dtype int8; on the bits it flips the upper one."""
DTYPES = (*OFFSETS, "int16")


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("dequantize", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Dequantize(Op):
    name = "dequantize"
    elementwise = True
    restates = True
    tflite = (TfliteForm("DEQUANTIZE", "DequantizeOptions", range(1, 6), read_tflite, write_tflite, 2),)
    signatures = (unary(Scaled(DTYPES, "input"), Plain(("float32",))),)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "float32"),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        centred = (x.astype(np.int64) - inst.x().zero).astype(np.float32)
        with np.errstate(over="ignore", under="ignore"):  # infinite, as in C
            return (centred * np.float32(inst.x().scale),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x,)  # another format of the same number

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        if x.dtype == "int16":
            plain = {"scale": x.scale, "count": x.size, "zero": x.zero}
            return (Call("dequantize16", inst.node.outputs, inst.node.inputs, plain),)
        offset = OFFSETS[x.dtype]
        params = {"scale": x.scale, "count": x.size, "zero": x.zero - offset, "flip": offset}
        return (Call("dequantize", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [Case(d, partial(draw_dequantize, dtype=d)) for d in DTYPES]


def draw_dequantize(rng: np.random.Generator, *, dtype: str) -> Graph:
    shape = draw_shape(rng, int(rng.integers(1, 5)), 7)
    x = Tensor("x", Type(shape, dtype, draw_quant(rng, dtype)))
    return single("dequantize", [x], [Type(shape, "float32")], {})


def node(x: str, y: str) -> Node:
    """The node that makes floats y of x."""
    return Node("dequantize", f"{y}/dequantize", (x,), (y,))


OP = Dequantize()
