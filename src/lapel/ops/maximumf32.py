"""Elementwise maximum in float32 with broadcasting: b where it is greater, else a; of two zeros a, and if one is NaN a.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: none. What a float `maximum` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.maximum import Maximum


class MaximumF32(BinaryF32, Maximum):
    name = "maximumf32"
    float32_of = "maximum"

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.where(b > a, b, a)


OP = MaximumF32()
