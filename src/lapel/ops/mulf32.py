"""Elementwise product in float32 with broadcasting: y = clamp(a · b), rounded once.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: those of `mul`. What a float `mul` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.mul import Mul


class MulF32(BinaryF32, Mul):
    name = "mulf32"
    float32_of = "mul"

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(a * b)


OP = MulF32()
