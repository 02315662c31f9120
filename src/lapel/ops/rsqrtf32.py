"""Reciprocal square root in float32: y = 1 / √x, root and quotient rounded.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `rsqrt` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.rsqrt import Rsqrt


class RsqrtF32(UnaryF32, Rsqrt):
    name = "rsqrtf32"
    float32_of = "rsqrt"
    kernel = "rsqrtf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return np.asarray(np.float32(1) / np.sqrt(x))


OP = RsqrtF32()
