"""Magnitude in float32: y = x where x > 0, else 0 - x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `abs` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.abs import Abs


class AbsF32(UnaryF32, Abs):
    name = "absf32"
    float32_of = "abs"
    kernel = "absf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return np.where(x > 0, x, np.float32(0) - x)


OP = AbsF32()
