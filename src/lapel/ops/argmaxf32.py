"""Index of the largest float32 along one axis; the first of equals, a NaN is passed over unless it is the first.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any rank >= 1 | none |
| y | int32 | that of x without the axis | none |

Attributes: axis (int >= 0). What a float `argmax` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

from math import prod
from typing import ClassVar

import numpy as np

from lapel.families.float32 import F32, Float32
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ir.signature import Plain, Signature
from lapel.ops.argmax import Argmax


class ArgmaxF32(Float32, Argmax):
    name = "argmaxf32"
    float32_of = "argmax"
    least: ClassVar[bool] = False
    signatures = (Signature((F32,), (Plain(("int32",)),)),)
    drawn = ("any",)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        cells = np.moveaxis(x, inst.attrs["axis"], 0)
        most, best = cells[0], np.zeros(cells.shape[1:], np.int32)
        for i, cell in enumerate(cells):
            better = cell < most if self.least else cell > most
            most, best = np.where(better, cell, most), np.where(better, np.int32(i), best)
        return (best,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        shape, axis = inst.x().shape, inst.attrs["axis"]
        params: dict[str, Param] = {"outer": prod(shape[:axis]), "count": shape[axis], "inner": prod(shape[axis + 1 :])}
        return (Call("argmaxf32", inst.node.outputs, inst.node.inputs, {**params, "least": int(self.least)}),)


OP = ArgmaxF32()
