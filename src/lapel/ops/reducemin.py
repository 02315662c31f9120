"""Least of x over `axes`.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any of at most 5 dimensions | per tensor |
| y | int8 | x's without `axes`, or with size 1 there if `keep_dims` | that of x |

Attributes: axes (sorted tuple, not negative), keep_dims (bool). Runs the kernel of reducemax on complements.
Source: TFLite Micro REDUCE_MIN; docs/SPEC.md §4.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lapel.families.reduction import write_reduction
from lapel.ir import TfliteForm
from lapel.ops.reducemax import ReduceMax, read_tflite


class ReduceMin(ReduceMax):
    name = "reducemin"
    choose = np.minimum
    flip = -1
    tflite = (
        TfliteForm("REDUCE_MIN", "ReducerOptions", range(1, 4), partial(read_tflite, "reducemin"), write_reduction, 2),
    )


OP = ReduceMin()
