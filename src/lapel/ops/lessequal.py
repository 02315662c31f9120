"""Comparison: whether a ≤ b, with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8 or int32, may be constant | any; 5 loop levels after collapsing | per tensor, scale below 1; none |
| b | that of a, may be constant | broadcasts with a | per tensor, scale below 1; none |
| y | bool | broadcast of a and b | none |

Attributes: none. Source: TFLite Micro LESS_EQUAL; docs/SPEC.md §5.
"""

from __future__ import annotations

from lapel.families.comparison import LESS, SAME, Comparison, comparison_form


class LessEqual(Comparison):
    name = "lessequal"
    truth = LESS | SAME
    tflite = (comparison_form("lessequal", "LESS_EQUAL", "LessEqualOptions"),)


OP = LessEqual()
