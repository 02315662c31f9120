"""Greatest element of x over `axes` in float32: from the first on, in the order in which they lie, m = x > m ? x : m.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any of at most 5 dimensions | none |
| y | float32 | x's without `axes`, or with size 1 there if `keep_dims` | none |

Attributes: those of `reducemax`. What a float `reducemax` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lapel.families.float32 import Float32
from lapel.families.reduction import count_cells, rank_problems, reduction_loops
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.reducemax import ReduceMax


class ReduceMaxF32(Float32, ReduceMax):
    name = "reducemaxf32"
    float32_of = "reducemax"
    least: ClassVar[bool] = False
    drawn = ("any",)

    def check(self, inst: Instance) -> list[str]:
        return rank_problems(inst)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        axes = inst.attrs["axes"]
        cells = np.moveaxis(x, axes, range(len(axes))).reshape(count_cells(inst), -1)
        best = cells[0]
        for cell in cells[1:]:  # a NaN is passed over unless it is the first
            best = np.where(cell < best if self.least else cell > best, cell, best)
        return (best.reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        kept, taken = reduction_loops(inst)
        params: dict[str, Param] = {
            "kept": tuple(n for n, _ in kept),
            "kept_strides": tuple(s for _, s in kept),
            "taken": tuple(n for n, _ in taken),
            "taken_strides": tuple(s for _, s in taken),
            "least": int(self.least),
        }
        return (Call("reducemaxf32", inst.node.outputs, inst.node.inputs, params),)


OP = ReduceMaxF32()
