"""Index of the smallest value along one axis; the first of equals.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any rank >= 1 | any |
| y | int32 | that of x without the axis | none |

Attributes: axis (int >= 0). Runs the kernel of argmax on complements. Source: TFLite Micro ARG_MIN; docs/SPEC.md §5.
"""

from __future__ import annotations

from functools import partial

import numpy as np

from lapel.ir import Instance, TfliteForm
from lapel.ops.argmax import Argmax, read_tflite, write_tflite


class Argmin(Argmax):
    name = "argmin"
    flip = -1
    tflite = (TfliteForm("ARG_MIN", "ArgMinOptions", range(1, 4), partial(read_tflite, "argmin"), write_tflite),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.asarray(np.argmin(x, axis=inst.attrs["axis"]), np.int32),)


OP = Argmin()
