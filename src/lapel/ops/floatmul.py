"""float32 times a constant, channel by channel: what scales raw features before they are quantized.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any, channels last | none |
| b | float32, a constant | [channels] | none |
| y | float32 | that of x | none |

Attributes: none. One float32 product an element.
Source: TFLite Micro MUL; docs/SPEC.md §5.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lapel.ir import TfliteForm
from lapel.ops.floatsub import FloatSub, read_tflite, write_tflite


class FloatMul(FloatSub):
    name = "floatmul"
    tflite = (TfliteForm("MUL", "MulOptions", range(1, 4), partial(read_tflite, "floatmul"), write_tflite),)

    def combine(self, x: np.ndarray, b: np.ndarray) -> np.ndarray:
        return np.asarray(x * b)


OP = FloatMul()
