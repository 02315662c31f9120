"""Elementwise minimum of two operands with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int16, int32, may be constant | any; 5 loop levels after collapsing | per tensor; int32 none |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: none. The stored integers are compared.
Runs the kernel of maximum on complements.
Source: TFLite 8-bit quantization specification, MINIMUM; docs/SPEC.md §5.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lapel.ir import TfliteForm
from lapel.ops.maximum import Maximum, read_tflite, write_tflite


class Minimum(Maximum):
    name = "minimum"
    choose = np.minimum
    flip = -1
    operation = "min"
    tflite = (
        TfliteForm("MINIMUM", "MaximumMinimumOptions", range(1, 5), partial(read_tflite, "minimum"), write_tflite, 2),
    )


OP = Minimum()
