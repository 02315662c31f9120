"""Index of the smallest float32 along one axis; the first of equals, a NaN is passed over unless it is the first.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any rank >= 1 | none |
| y | int32 | that of x without the axis | none |

Attributes: axis (int >= 0). What a float `argmin` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

from lapel.ops.argmaxf32 import ArgmaxF32
from lapel.ops.argmin import Argmin


class ArgminF32(ArgmaxF32, Argmin):
    name = "argminf32"
    float32_of = "argmin"
    least = True


OP = ArgminF32()
