"""Disjunction of truth values with broadcasting.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | bool, may be constant | any; 5 loop levels after collapsing | none |
| b | bool, may be constant | broadcasts with a | none |
| y | bool | broadcast of a and b | none |

Attributes: none. Runs the kernel of select: a ? a : b. Source: TFLite Micro LOGICAL_OR; docs/SPEC.md §5.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lapel.ir import TfliteForm
from lapel.ops.logicaland import LogicalAnd, read_tflite, write_tflite


class LogicalOr(LogicalAnd):
    name = "logicalor"
    choose = np.logical_or
    tflite = (
        TfliteForm("LOGICAL_OR", "LogicalOrOptions", range(1, 2), partial(read_tflite, "logicalor"), write_tflite),
    )

    def chosen(self, a: str, b: str) -> tuple[str, str, str]:
        return a, a, b


OP = LogicalOr()
