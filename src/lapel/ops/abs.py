"""Magnitude: y = sat(zero + rescale(|x|)).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor |

Attributes: none. Source: TFLite Micro ABS; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.table import TableOp, unary_cases
from lapel.ir import Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize, wrap32


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("abs", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Abs(TableOp):
    name = "abs"
    tflite = (TfliteForm("ABS", None, range(1, 6), read_tflite, write_tflite),)

    def check(self, inst: Instance) -> list[str]:
        return multiplier_problems(inst.x().scale / inst.y().scale)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x, y = inst.x(), inst.y()
        magnitude = np.abs(q - x.zero)
        if x.scale != y.scale:
            magnitude = requantize(magnitude, *quantize_multiplier(x.scale / y.scale))
        return np.clip(wrap32(magnitude + y.zero), -128, 127)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.abs(arrays[0]),)

    def cases(self) -> Sequence[Case]:
        return unary_cases("abs")


OP = Abs()
