"""Comparison: whether a > b, with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8 or int32, may be constant | any; 5 loop levels after collapsing | per tensor, scale below 1; none |
| b | that of a, may be constant | broadcasts with a | per tensor, scale below 1; none |
| y | bool | broadcast of a and b | none |

Attributes: none. Source: TFLite Micro GREATER; docs/SPEC.md §5.
"""

from __future__ import annotations

from lapel.families.comparison import MORE, Comparison, comparison_form


class Greater(Comparison):
    name = "greater"
    truth = MORE
    tflite = (comparison_form("greater", "GREATER", "GreaterOptions"),)


OP = Greater()
