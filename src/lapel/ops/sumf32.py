"""Sum of x over `axes` in float32: 0 + x + …, in the order in which the cells lie in x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any of at most 5 dimensions | none |
| y | float32 | x's without `axes`, or with size 1 there if `keep_dims` | none |

Attributes: those of `sum`, of which rounding has no meaning. What a float `sum` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

from lapel.ir import Instance
from lapel.ops.meanf32 import MeanF32
from lapel.ops.sum import Sum


class SumF32(MeanF32, Sum):
    """A mean over one cell, whatever their number; MeanF32 before Sum, whose arithmetic is on integers."""

    name = "sumf32"
    float32_of = "sum"
    drawn = ("any",)

    def divisor(self, inst: Instance) -> int:
        return 1


OP = SumF32()
