"""Sum of x over `axes`: sums of x - zero, times the scale ratio in one fixed-point multiplier, saturated.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any of at most 5 dimensions | per tensor |
| y | as x | x's without `axes`, or with size 1 there if `keep_dims` | per tensor |

Attributes: axes (sorted tuple, not negative), keep_dims (bool), rounding (double).
Source: TFLite Micro SUM; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_type, draw_zero
from lapel.families.reduction import draw_reduction, read_reduction, reduced_shape, write_reduction
from lapel.ir import Case, Graph, Instance, NodeSpec, Quant, TfliteForm, TfliteOperator, Type
from lapel.ir.fixed import quantize_multiplier
from lapel.ir.op import single
from lapel.ops.mean import Mean


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("sum", op.inputs[:1], {**read_reduction(op), "rounding": "double"})


class Sum(Mean):
    """A mean whose multiplier has no division."""

    name = "sum"
    tflite = (TfliteForm("SUM", "ReducerOptions", range(1, 3), read_tflite, write_reduction, 2),)

    def multiplier(self, inst: Instance) -> tuple[int, int]:
        return quantize_multiplier(inst.x().scale / inst.y().scale)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        total = arrays[0].sum(axis=inst.attrs["axes"], dtype=np.float64)
        return (total.astype(np.float32).reshape(inst.y().shape),)

    def cases(self) -> Sequence[Case]:
        return [Case("any", draw_sum), Case("int16", partial(draw_sum, dtype="int16"))]


def draw_sum(rng: np.random.Generator, *, dtype: str = "int8") -> Graph:
    """Some draws saturate, some have the scale of x."""
    shape = draw_shape(rng, int(rng.integers(1, 5)), 6)
    attrs = {**draw_reduction(rng, len(shape)), "rounding": "double"}
    x = draw_type(rng, "x", shape, dtype)
    scale = x.type.scale if rng.random() < 0.3 else draw_scale(rng, x.type.scale / 2, x.type.scale * 16)
    y = Type(reduced_shape(shape, attrs), dtype, Quant((scale,), (0 if dtype == "int16" else draw_zero(rng),)))
    return single("sum", [x], [y], attrs)


OP = Sum()
