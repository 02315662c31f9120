"""Exponential linear unit in float32: y = x where x >= 0, else e^x - 1.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `elu` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families import floatmath
from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.elu import Elu


class EluF32(UnaryF32, Elu):
    name = "eluf32"
    float32_of = "elu"
    kernel = "eluf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return np.where(x >= 0, x, floatmath.exp(x) - np.float32(1))


OP = EluF32()
