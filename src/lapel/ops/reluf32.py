"""Rectifiers in float32, as nodes of their own: y = min(max(x, lo), hi); a NaN stays one, and a zero keeps its sign.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: those of `relu`. What a float `relu` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32, limit_params, limited
from lapel.ir import Instance
from lapel.ir.op import Param
from lapel.ops.relu import Relu


class ReluF32(UnaryF32, Relu):
    name = "reluf32"
    float32_of = "relu"
    kernel = "limitf32"
    drawn = ("relu6",)

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return limited(x, inst.attrs["activation"])

    def fields(self, inst: Instance) -> dict[str, Param]:
        return limit_params(inst.attrs["activation"])


OP = ReluF32()
