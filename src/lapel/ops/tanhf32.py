"""Hyperbolic tangent in float32, by functions that are the same on every core; within 1.4 units of the last place.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `tanh` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families import floatmath
from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.tanh import Tanh


class TanhF32(UnaryF32, Tanh):
    name = "tanhf32"
    float32_of = "tanh"
    kernel = "tanhf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return floatmath.tanh(x)


OP = TanhF32()
