"""Magnitude: y = sat(zero + rescale(|x|)).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any | per tensor |
| y | as x | that of x | per tensor |

Attributes: none. Source: TFLite Micro ABS; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.table import TableOp, draw_unary, unary_cases
from lapel.ir import Call, Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.signature import INT8, INT16, unary


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("abs", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Abs(TableOp):
    name = "abs"
    tflite = (TfliteForm("ABS", None, range(1, 6), read_tflite, write_tflite),)

    signatures = (unary(INT8), unary(INT16))

    def check(self, inst: Instance) -> list[str]:
        return multiplier_problems(inst.x().scale / inst.y().scale)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x, y = inst.x(), inst.y()
        magnitude = np.abs(q - x.zero)
        if x.scale != y.scale:
            magnitude = requantize(magnitude, *quantize_multiplier(x.scale / y.scale))
        info = np.iinfo(y.dtype)
        return np.clip(wrap32(magnitude + y.zero), info.min, info.max)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return (np.abs(arrays[0]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if inst.x().dtype != "int16":
            return super().lower(inst)
        # The kernel of a leaky rectifier whose slope below 0 is -1.
        mul, shift = quantize_multiplier(inst.x().scale / inst.y().scale)
        params = {"count": inst.x().size, "mul": mul, "low_mul": -mul, "shift": shift, "low_shift": shift}
        return (Call("leakyrelu16", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [*unary_cases("abs"), Case("int16", partial(draw_unary, op="abs", dtype="int16"))]


OP = Abs()
