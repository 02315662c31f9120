"""Comparison: whether a ≥ b, with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8 or int32, may be constant | any; 5 loop levels after collapsing | per tensor, scale below 1; none |
| b | that of a, may be constant | broadcasts with a | per tensor, scale below 1; none |
| y | bool | broadcast of a and b | none |

Attributes: none. Source: TFLite Micro GREATER_EQUAL; docs/SPEC.md §5.
"""

from __future__ import annotations

from lapel.families.comparison import MORE, SAME, Comparison, comparison_form


class GreaterEqual(Comparison):
    name = "greaterequal"
    truth = SAME | MORE
    tflite = (comparison_form("greaterequal", "GREATER_EQUAL", "GreaterEqualOptions"),)


OP = GreaterEqual()
