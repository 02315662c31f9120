"""Mean of x over `axes` in float32: (0 + x + …) / cells, in the order in which the cells lie in x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any of at most 5 dimensions | none |
| y | float32 | x's without `axes`, or with size 1 there if `keep_dims` | none |

Attributes: those of `mean`, of which rounding has no meaning. What a float `mean` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lapel.families.float32 import Float32
from lapel.families.reduction import count_cells, rank_problems, reduction_loops
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.mean import Mean


class MeanF32(Float32, Mean):
    name = "meanf32"
    float32_of = "mean"
    drawn: ClassVar[tuple[str, ...]] = ("any",)

    def check(self, inst: Instance) -> list[str]:
        return rank_problems(inst)

    def divisor(self, inst: Instance) -> int:
        """What the sums are divided by."""
        return count_cells(inst)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        axes = inst.attrs["axes"]
        cells = np.moveaxis(x, axes, range(len(axes))).reshape(count_cells(inst), -1)
        with np.errstate(all="ignore"):
            sums = np.add.accumulate(np.concatenate([np.zeros_like(cells[:1]), cells]), axis=0)[-1]
            return ((sums / np.float32(self.divisor(inst))).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        kept, summed = reduction_loops(inst)
        params: dict[str, Param] = {
            "kept": tuple(n for n, _ in kept),
            "kept_strides": tuple(s for _, s in kept),
            "summed": tuple(n for n, _ in summed),
            "summed_strides": tuple(s for _, s in summed),
            "cells": float(self.divisor(inst)),
        }
        return (Call("meanf32", inst.node.outputs, inst.node.inputs, params),)


OP = MeanF32()
