"""Hyperbolic tangent: y = 128 · tanh(x), in fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any | per tensor |
| y | as x | that of x | scale 1/128, zero 0; of int16 1/32768 |

Attributes: none.
Source: TFLite 8-bit quantization specification, TANH; gemmlowp/fixedpoint; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.curve import INPUT_LOG2, WIDE_OUTPUT, curve_call, curve_case, curve_problems, curve_values
from lapel.families.table import INPUT_BITS, TableOp, saturating_inputs, saturating_problems, unary_cases
from lapel.ir import Call, Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.fixed import rounding_shift
from lapel.ir.fixedmath import tanh
from lapel.ir.graph import Quant, Type
from lapel.ir.interpolated import tanh16
from lapel.ir.signature import INT8, INT16, Scaled, unary

OUTPUT = Quant((1 / 128,), (0,))
EXACT = (INPUT_LOG2, INPUT_LOG2 + 1)
"""Exponents of the scales of int16 inputs that are taken as they are."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("tanh", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Tanh(TableOp):
    name = "tanh"
    tflite = (TfliteForm("TANH", None, range(1, 4), read_tflite, write_tflite, 2),)

    signatures = (unary(INT8, Scaled(("int8",), exactly=OUTPUT)), unary(INT16, WIDE_OUTPUT))

    def check(self, inst: Instance) -> list[str]:
        if inst.x().dtype == "int16":
            return curve_problems(inst)
        return saturating_problems(inst.x())

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        if inst.x().dtype == "int16":
            return curve_values(inst, q, EXACT, tanh16)
        fixed, low, high = saturating_inputs(inst.x(), q)
        inside = rounding_shift(tanh(fixed, INPUT_BITS), 24)
        return np.clip(np.where(low, -128, np.where(high, 127, inside)), -128, 127)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        return (curve_call(inst, EXACT, tanh=True),) if inst.x().dtype == "int16" else super().lower(inst)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.tanh(x),)

    def cases(self) -> Sequence[Case]:
        return [*unary_cases("tanh", Type((), "int8", OUTPUT)), curve_case("tanh")]


OP = Tanh()
