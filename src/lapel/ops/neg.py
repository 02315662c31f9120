"""Negation of the stored integers: y = -x modulo 2^8, so that -128 stays -128.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor; no part of the arithmetic |

Attributes: none. It negates the reals where both scales are equal and one zero point is the other's negative; LiteRT
negates the integers whatever they are, and TFLite Micro has it for floats alone.
Source: LiteRT NEG; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lapel.families.table import TableOp, unary_cases
from lapel.families.unlike import differs, scaled, steps_off, stored
from lapel.ir import Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.numbers import numbers
from lapel.ir.op import all_alike
from lapel.ir.signature import INT8, unary


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("neg", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Neg(TableOp):
    name = "neg"
    tflite = (TfliteForm("NEG", "NegOptions", range(1, 3), read_tflite, write_tflite),)

    signatures = (unary(replace(INT8, symmetric=True)),)

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        return np.where(q == -128, -128, -q)

    def surprises(self, inst: Instance) -> list[str]:
        (x,) = inst.inputs
        if x is None or not scaled(x.type) or not scaled(inst.y()):
            return []
        q = stored(x)
        q = q[q != -128]  # has no negative in any quantization
        steps = steps_off(inst.y(), -q, -numbers(x.type, q))
        advice = "quantize its input and output with one scale, and with zero points that are each other's negative"
        return differs(inst, "negates stored integers", steps, advice)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return (-arrays[0],)

    def cases(self) -> Sequence[Case]:
        return unary_cases("neg", oracle="litert")


OP = Neg()
