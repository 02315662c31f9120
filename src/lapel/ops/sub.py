"""Elementwise difference a - b with broadcasting: y = clamp(zero + rescale(rescale(a) - rescale(b))).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int16, int32, may be constant | any; 5 loop levels after collapsing | per tensor; int32 none |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: activation (none relu relu6 relu_n1_to_1). int32 has none, and wraps.
Runs the kernel of add.
Source: TFLite 8-bit quantization specification, SUB; docs/SPEC.md §5.
"""

from __future__ import annotations

from functools import partial

from lapel.ir import TfliteForm
from lapel.ops.add import Add, read_tflite, write_tflite


class Sub(Add):
    name = "sub"
    sign = -1
    tflite = (TfliteForm("SUB", "SubOptions", range(1, 4), partial(read_tflite, "sub"), write_tflite, 2),)


OP = Sub()
