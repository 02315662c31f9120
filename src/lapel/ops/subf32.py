"""Elementwise difference in float32 with broadcasting: y = clamp(a - b), rounded once.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: those of `sub`. What a float `sub` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.sub import Sub


class SubF32(BinaryF32, Sub):
    name = "subf32"
    float32_of = "sub"

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(a - b)


OP = SubF32()
