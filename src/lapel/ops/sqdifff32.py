"""Elementwise squared difference in float32 with broadcasting: y = (a - b) · (a - b), both operations rounded.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: none. What a float `sqdiff` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.sqdiff import SquaredDifference


class SquaredDifferenceF32(BinaryF32, SquaredDifference):
    name = "sqdifff32"
    float32_of = "sqdiff"

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray((a - b) * (a - b))


OP = SquaredDifferenceF32()
