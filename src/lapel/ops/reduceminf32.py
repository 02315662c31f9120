"""Least element of x over `axes` in float32: from the first on, in the order in which they lie, m = x < m ? x : m.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any of at most 5 dimensions | none |
| y | float32 | x's without `axes`, or with size 1 there if `keep_dims` | none |

Attributes: those of `reducemin`. What a float `reducemin` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

from lapel.ops.reducemaxf32 import ReduceMaxF32
from lapel.ops.reducemin import ReduceMin


class ReduceMinF32(ReduceMaxF32, ReduceMin):
    name = "reduceminf32"
    float32_of = "reducemin"
    least = True


OP = ReduceMinF32()
