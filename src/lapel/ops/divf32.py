"""Elementwise quotient in float32 with broadcasting: y = clamp(a / b), rounded once.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: those of `div`. What a float `div` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.div import Div


class DivF32(BinaryF32, Div):
    name = "divf32"
    float32_of = "div"
    drawn = ("computed",)

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(a / b)


OP = DivF32()
