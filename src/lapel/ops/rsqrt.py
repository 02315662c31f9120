"""Reciprocal square root: y = 1 / √x in fixed point; of what is not positive, the greatest integer.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any | per tensor |
| y | as x | that of x | per tensor |

Attributes: none. Below the zero point TFLite Micro fails when it runs. Source: TFLite Micro RSQRT; docs/SPEC.md §5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_zero
from lapel.families.table import TableOp
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.fixed import quantize_multiplier, requantize, wrap32
from lapel.ir.fixedmath import inverse_sqrt
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, INT16, unary

LEFT = 20
"""The reciprocal root of an integer keeps so many bits behind the point."""
SHIFTS = range(-11, 31)
"""Of the output multiplier: LEFT to the right of it, requantization still has at most 31 bits to shift."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("rsqrt", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Rsqrt(TableOp):
    name = "rsqrt"
    tflite = (TfliteForm("RSQRT", None, range(1, 4), read_tflite, write_tflite, 2),)

    signatures = (unary(INT8), unary(INT16))

    def check(self, inst: Instance) -> list[str]:
        real = output_multiplier(inst)
        if not math.isfinite(real) or quantize_multiplier(real)[1] not in SHIFTS:
            found = f"1 / (√(input scale) · output scale) is {real:.6g}"
            return [f"{found}, expected from 2^{SHIFTS[0] - 1} to below 2^{SHIFTS[-1]}: requantize the model"]
        return []

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        v = q - inst.x().zero
        mul, shift = inverse_sqrt(np.maximum(v, 1))
        root = requantize(np.ones_like(v), mul, shift + LEFT)
        y_mul, y_shift = quantize_multiplier(output_multiplier(inst))
        info = np.iinfo(inst.y().dtype)
        out = np.clip(wrap32(requantize(root, y_mul, y_shift - LEFT) + inst.y().zero), info.min, info.max)
        return np.where(v <= 0, info.max, out)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if inst.x().dtype != "int16":
            return super().lower(inst)
        mul, shift = quantize_multiplier(output_multiplier(inst))
        params = {"count": inst.x().size, "mul": mul, "shift": shift - LEFT}
        return (Call("rsqrt16", inst.node.outputs, inst.node.inputs, params),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(all="ignore"):
            return ((1 / np.sqrt(arrays[0].astype(np.float64))).astype(np.float32),)

    def cases(self) -> Sequence[Case]:
        return [Case("random", draw_rsqrt), Case("int16", partial(draw_rsqrt, dtype="int16"), "none")]


def output_multiplier(inst: Instance) -> float:
    """1 / (√x.scale · y.scale), in float64."""
    return 1.0 / (math.sqrt(inst.x().scale) * inst.y().scale)


def draw_rsqrt(rng: np.random.Generator, *, dtype: str = "int8") -> Graph:
    """No input of int8 is below the zero point, -128."""
    shape = draw_shape(rng, int(rng.integers(1, 4)), 7)
    x = Tensor("x", Type(shape, dtype, Quant((draw_scale(rng),), (0 if dtype == "int16" else -128,))))
    steps = draw_scale(rng, 4.0, 2000.0) * (256 if dtype == "int16" else 1)
    scale = float(np.float32(1 / math.sqrt(x.type.scale) / steps))
    y = Type(shape, dtype, Quant((scale,), (0 if dtype == "int16" else draw_zero(rng),)))
    return single("rsqrt", [x], [y], {})


OP = Rsqrt()
