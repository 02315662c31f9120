"""Sigmoid: y = 256 / (1 + exp(-x)) - 128, in fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | scale 1/256, zero -128 |

Attributes: none.
Source: TFLite 8-bit quantization specification, LOGISTIC; gemmlowp/fixedpoint; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.table import INPUT_BITS, TableOp, saturating_inputs, saturating_problems, unary_cases
from lapel.ir import Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.fixed import rounding_shift
from lapel.ir.fixedmath import logistic
from lapel.ir.graph import Quant, Type
from lapel.ir.signature import INT8, Scaled, unary

OUTPUT = Quant((1 / 256,), (-128,))


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("logistic", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Logistic(TableOp):
    name = "logistic"
    scores = "probability"
    tflite = (TfliteForm("LOGISTIC", None, range(1, 4), read_tflite, write_tflite, 2),)

    signatures = (unary(INT8, Scaled(("int8",), exactly=OUTPUT)),)

    def check(self, inst: Instance) -> list[str]:
        return saturating_problems(inst.x())

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        fixed, low, high = saturating_inputs(inst.x(), q)
        inside = rounding_shift(logistic(fixed, INPUT_BITS), 23) - 128
        return np.clip(np.where(low, -128, np.where(high, 127, inside)), -128, 127)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (0.5 + 0.5 * np.tanh(x / 2),)

    def cases(self) -> Sequence[Case]:
        return unary_cases("logistic", Type((), "int8", OUTPUT))


OP = Logistic()
