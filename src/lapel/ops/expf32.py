"""Exponential in float32: y = e^x, by a polynomial that is the same on every core; within 1 unit of the last place.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `exp` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families import floatmath
from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.exp import Exp


class ExpF32(UnaryF32, Exp):
    name = "expf32"
    float32_of = "exp"
    kernel = "expf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return floatmath.exp(x)


OP = ExpF32()
