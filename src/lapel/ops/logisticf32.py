"""Sigmoid in float32, by an exponential that is the same on every core; within 2.4 units of the last place.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `logistic` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families import floatmath
from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.logistic import Logistic


class LogisticF32(UnaryF32, Logistic):
    name = "logisticf32"
    float32_of = "logistic"
    kernel = "logisticf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return floatmath.logistic(x)


OP = LogisticF32()
