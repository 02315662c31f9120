"""Exponential: y = exp(x), sampled in float32.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor |

Attributes: none. TFLite Micro has it for floats alone. Source: LiteRT EXP; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.sampled import SampledOp
from lapel.families.table import unary_cases
from lapel.ir import Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("exp", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Exp(SampledOp):
    name = "exp"
    tflite = (TfliteForm("EXP", "ExpOptions", range(1, 3), read_tflite, write_tflite, 2),)

    def curve(self, inst: Instance, r: np.ndarray) -> np.ndarray:
        return np.exp(r)

    def cases(self) -> Sequence[Case]:
        return unary_cases("exp", oracle="litert")


OP = Exp()
