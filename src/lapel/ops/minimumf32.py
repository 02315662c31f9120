"""Elementwise minimum in float32 with broadcasting: b where it is less, else a; of two zeros a, and if one is NaN a.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: none. What a float `minimum` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.minimum import Minimum


class MinimumF32(BinaryF32, Minimum):
    name = "minimumf32"
    float32_of = "minimum"

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.where(b < a, b, a)


OP = MinimumF32()
