"""Negation in float32: y = -x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `neg` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.neg import Neg


class NegF32(UnaryF32, Neg):
    name = "negf32"
    float32_of = "neg"
    kernel = "negf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return -x


OP = NegF32()
