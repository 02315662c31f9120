"""Leaky rectifier in float32: y = x where x >= 0, else alpha · x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: alpha (float, any sign). What a float `leakyrelu` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ir.op import Param
from lapel.ops.leakyrelu import LeakyRelu


class LeakyReluF32(UnaryF32, LeakyRelu):
    name = "leakyreluf32"
    float32_of = "leakyrelu"
    kernel = "leakyreluf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return np.where(x >= 0, x, x * np.float32(inst.attrs["alpha"]))

    def fields(self, inst: Instance) -> dict[str, Param]:
        return {"alpha": inst.attrs["alpha"]}


OP = LeakyReluF32()
