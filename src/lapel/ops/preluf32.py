"""Rectifier with slopes in float32, with broadcasting: y = x where x >= 0, else x · alpha.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any; 5 loop levels after collapsing | none |
| alpha | float32, may be constant | broadcasts with x | none |
| y | float32 | broadcast of both | none |

Attributes: none. What a float `prelu` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import BinaryF32
from lapel.ops.prelu import Prelu


class PreluF32(BinaryF32, Prelu):
    name = "preluf32"
    float32_of = "prelu"
    drawn = ("channel",)

    def combine(self, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.where(a >= 0, a, a * b)


OP = PreluF32()
