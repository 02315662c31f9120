"""Square root in float32, rounded once; of a negative number NaN.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `sqrt` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32
from lapel.ir import Instance
from lapel.ops.sqrt import Sqrt


class SqrtF32(UnaryF32, Sqrt):
    name = "sqrtf32"
    float32_of = "sqrt"
    kernel = "sqrtf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return np.asarray(np.sqrt(x))


OP = SqrtF32()
