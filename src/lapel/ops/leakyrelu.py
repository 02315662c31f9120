"""Leaky rectifier: y = x where x >= 0, else alpha·x, requantized by a multiplier for each sign.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor |

Attributes: alpha (float, any sign). Source: TFLite Micro LEAKY_RELU; docs/SPEC.md §5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from lapel.families.table import TableOp, draw_unary
from lapel.ir import Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("leakyrelu", op.inputs[:1], {"alpha": float(op.option("Alpha"))})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Alpha": inst.attrs["alpha"]})


class LeakyRelu(TableOp):
    name = "leakyrelu"
    tflite = (TfliteForm("LEAKY_RELU", "LeakyReluOptions", range(1, 3), read_tflite, write_tflite, 2),)

    attributes = {"alpha": Attribute("float")}

    def check(self, inst: Instance) -> list[str]:
        alpha, ratio = inst.attrs["alpha"], inst.x().scale / inst.y().scale
        if not math.isfinite(alpha):
            return [f"alpha is {alpha}, expected a finite number: fix the model"]
        return multiplier_problems(ratio, inst.x().scale * alpha / inst.y().scale)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x_scale, y_scale, alpha = inst.x().scale, inst.y().scale, inst.attrs["alpha"]
        v = q - inst.x().zero
        positive = requantize(v, *quantize_multiplier(x_scale / y_scale))
        negative = requantize(v, *quantize_multiplier(x_scale * alpha / y_scale))
        return np.clip(np.where(v >= 0, positive, negative) + inst.y().zero, -128, 127)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.where(x >= 0, x, x * inst.attrs["alpha"]),)

    def cases(self) -> Sequence[Case]:
        return [Case("random", draw_leakyrelu)]


def draw_leakyrelu(rng: np.random.Generator) -> Graph:
    alpha = float(np.float32(rng.choice([0.01, 0.1, 0.3, 1.7, -0.2, 0.0])))
    return draw_unary(rng, "leakyrelu", alpha=alpha)


OP = LeakyRelu()
