"""Leaky rectifier: y = x where x >= 0, else alpha·x, requantized by a multiplier for each sign.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any | per tensor |
| y | as x | that of x | per tensor |

Attributes: alpha (float, any sign). Source: TFLite Micro LEAKY_RELU; docs/SPEC.md §5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.table import TableOp, draw_unary
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize
from lapel.ir.signature import INT8, INT16, unary


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("leakyrelu", op.inputs[:1], {"alpha": float(op.option("Alpha"))})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Alpha": inst.attrs["alpha"]})


class LeakyRelu(TableOp):
    name = "leakyrelu"
    tflite = (TfliteForm("LEAKY_RELU", "LeakyReluOptions", range(1, 3), read_tflite, write_tflite, 2),)

    attributes = {"alpha": Attribute("float")}
    signatures = (unary(INT8), unary(INT16))

    def check(self, inst: Instance) -> list[str]:
        alpha, ratio = inst.attrs["alpha"], inst.x().scale / inst.y().scale
        if not math.isfinite(alpha):
            return [f"alpha is {alpha}, expected a finite number: fix the model"]
        return multiplier_problems(ratio, inst.x().scale * alpha / inst.y().scale)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x_scale, y_scale, alpha = inst.x().scale, inst.y().scale, inst.attrs["alpha"]
        v, info = q - inst.x().zero, np.iinfo(inst.y().dtype)
        positive = requantize(v, *quantize_multiplier(x_scale / y_scale))
        negative = requantize(v, *quantize_multiplier(x_scale * alpha / y_scale))
        return np.clip(np.where(v >= 0, positive, negative) + inst.y().zero, info.min, info.max)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.where(x >= 0, x, x * inst.attrs["alpha"]),)

    def cases(self) -> Sequence[Case]:
        return [Case("random", draw_leakyrelu), Case("int16", partial(draw_leakyrelu, dtype="int16"))]

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if inst.x().dtype != "int16":
            return super().lower(inst)
        mul, shift = quantize_multiplier(inst.x().scale / inst.y().scale)
        low_mul, low_shift = quantize_multiplier(inst.x().scale * inst.attrs["alpha"] / inst.y().scale)
        params = {"count": inst.x().size, "mul": mul, "low_mul": low_mul, "shift": shift, "low_shift": low_shift}
        return (Call("leakyrelu16", inst.node.outputs, inst.node.inputs, params),)


def draw_leakyrelu(rng: np.random.Generator, *, dtype: str = "int8") -> Graph:
    alpha = float(np.float32(rng.choice([0.01, 0.1, 0.3, 1.7, -0.2, 0.0])))
    return draw_unary(rng, "leakyrelu", dtype=dtype, alpha=alpha)


OP = LeakyRelu()
