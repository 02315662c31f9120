"""Exponential linear unit: y = x where x >= 0, else exp(x) - 1, sampled in float32.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor |

Attributes: none. Source: TFLite Micro ELU; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.sampled import SampledOp
from lapel.families.table import unary_cases
from lapel.ir import Case, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("elu", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Elu(SampledOp):
    name = "elu"
    tflite = (TfliteForm("ELU", None, range(1, 2), read_tflite, write_tflite),)

    def curve(self, inst: Instance, r: np.ndarray) -> np.ndarray:
        return np.where(r < 0, np.expm1(r), r)

    def cases(self) -> Sequence[Case]:
        return unary_cases("elu")


OP = Elu()
