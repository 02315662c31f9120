"""Comparison: whether a = b, with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8 or bool or int32, may be constant | any; 5 loop levels after collapsing | per tensor, scale below 1; none |
| b | that of a, may be constant | broadcasts with a | per tensor, scale below 1; none |
| y | bool | broadcast of a and b | none |

Attributes: none. Source: TFLite Micro EQUAL; docs/SPEC.md §5.
"""

from __future__ import annotations

from lapel.families.comparison import PLAIN, SAME, Comparison, comparison_form, rows


class Equal(Comparison):
    name = "equal"
    truth = SAME
    plain = PLAIN
    signatures = rows(PLAIN)
    tflite = (comparison_form("equal", "EQUAL", "EqualOptions"),)


OP = Equal()
