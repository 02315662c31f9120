"""Hard swish in float32: y = x · min(max(x + 3, 0), 6) / 6, each operation rounded.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any | none |
| y | float32 | that of x | none |

Attributes: none. What a float `hardswish` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import UnaryF32, limited
from lapel.ir import Instance
from lapel.ops.hardswish import HardSwish


class HardSwishF32(UnaryF32, HardSwish):
    name = "hardswishf32"
    float32_of = "hardswish"
    kernel = "hardswishf32"

    def curve(self, inst: Instance, x: np.ndarray) -> np.ndarray:
        return x * limited(x + np.float32(3), "relu6") / np.float32(6)


OP = HardSwishF32()
