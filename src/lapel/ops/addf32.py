"""Elementwise sum in float32 with broadcasting: y = clamp(a + b), rounded once.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | any; 5 loop levels after collapsing | none |
| b | float32, may be constant | broadcasts with a | none |
| y | float32 | broadcast of a and b | none |

Attributes: those of `add`. What a float `add` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.add import Add


class AddF32(BinaryF32, Add):
    name = "addf32"
    float32_of = "add"

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(a + b)


OP = AddF32()
