"""Mean of x over `axes`: sums of x - zero, times scale ratio / cells in one fixed-point multiplier, saturated.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any of at most 5 dimensions | per tensor |
| y | as x | x's without `axes`, or with size 1 there if `keep_dims` | per tensor |

Attributes: axes (sorted tuple, not negative), keep_dims (bool), rounding (double).
Source: TFLite operator MEAN; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_type, draw_zero
from lapel.families.reduction import (
    ATTRIBUTES,
    check_axes,
    count_cells,
    permuted_reduction,
    rank_problems,
    read_reduction,
    reduced_along,
    reduced_shape,
    reduction_loops,
    write_reduction,
)
from lapel.families.weights import ROUNDING
from lapel.ir import (
    DTYPES,
    Call,
    Case,
    Graph,
    Instance,
    NodeSpec,
    Op,
    Quant,
    TfliteForm,
    TfliteOperator,
    Type,
)
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import Attributes
from lapel.ir.axes import Perm, Permuted
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.op import Param, single
from lapel.ir.signature import INT8, INT16, unary


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("mean", op.inputs[:1], {**read_reduction(op), "rounding": "double"})


MOST_CELLS_LOG2 = {"int8": 23, "int16": 15}
"""Cells whose sum, less zero points, has 32 bits."""


class Mean(Op):
    name = "mean"
    tflite = (TfliteForm("MEAN", "ReducerOptions", range(1, 4), read_tflite, write_reduction, 2),)

    attributes: ClassVar[Attributes] = {**ATTRIBUTES, "rounding": replace(ROUNDING, wide=None)}
    signatures = (unary(INT8), unary(INT16))

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_axes(inst)

    def check(self, inst: Instance) -> list[str]:
        problems, most = rank_problems(inst), MOST_CELLS_LOG2[inst.x().dtype]
        if count_cells(inst) > 2**most:
            problems.append(f"takes {count_cells(inst)} cells each, expected at most 2^{most}: the sum could overflow")
        return problems or multiplier_problems(inst.x().scale / inst.y().scale)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((reduced_shape(inst.x().shape, inst.attrs), inst.x().dtype),)

    def multiplier(self, inst: Instance) -> tuple[int, int]:
        """(mul, shift) of x.scale / y.scale / cells, the division done on the integer multiplier, rounded down."""
        mul, shift = quantize_multiplier(inst.x().scale / inst.y().scale)
        cells = count_cells(inst)
        move = min(cells.bit_length() - 1, 32, 31 + shift)
        return (mul << move) // cells, shift - move

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, y = arrays[0], inst.y()
        assert x is not None
        mul, shift = self.multiplier(inst)
        acc = (x.astype(np.int64) - inst.x().zero).sum(axis=inst.attrs["axes"])
        out = wrap32(requantize(acc, mul, shift, inst.attrs["rounding"]) + y.zero)
        info = np.iinfo(DTYPES[y.dtype])
        return (np.clip(out, info.min, info.max).astype(info.dtype).reshape(y.shape),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        return (x.mean(axis=inst.attrs["axes"]).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        kept, summed = reduction_loops(inst)
        mul, shift = self.multiplier(inst)
        params: dict[str, Param] = {
            "kept": tuple(n for n, _ in kept),
            "kept_strides": tuple(s for _, s in kept),
            "summed": tuple(n for n, _ in summed),
            "summed_strides": tuple(s for _, s in summed),
            "mul": mul,
            "shift": shift,
        }
        if inst.x().dtype == "int16":
            return (Call("mean16", inst.node.outputs, inst.node.inputs, params),)
        params |= {"bias": -count_cells(inst) * inst.x().zero, "y_zero": inst.y().zero}
        return (Call("mean", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return () if len(inst.x().shape) - 1 in inst.attrs["axes"] else (0,)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return reduced_along(inst, axes)

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return permuted_reduction(inst, perm)

    def cases(self) -> Sequence[Case]:
        return [
            Case("image", partial(draw_mean, image=True)),
            Case("any", partial(draw_mean, image=False)),
            Case("int16", partial(draw_mean, image=False, dtype="int16")),
            Case("int16_image", partial(draw_mean, image=True, dtype="int16")),
        ]


def draw_mean(rng: np.random.Generator, *, image: bool, dtype: str = "int8") -> Graph:
    """One mean over height and width, or over one or two axes of anything: TFLite Micro has room for no more."""
    shape = draw_shape(rng, 4 if image else int(rng.integers(1, 5)), 7)
    count = min(int(rng.integers(1, 3)), len(shape))
    axes = (1, 2) if image else tuple(sorted(int(a) for a in rng.choice(len(shape), count, replace=False)))
    keep_dims = bool(rng.integers(0, 2)) or len(axes) == len(shape)
    x = draw_type(rng, "x", shape, dtype)
    y_shape = tuple(1 if i in axes else d for i, d in enumerate(shape) if keep_dims or i not in axes)
    same = rng.random() < 0.4
    scale = x.type.scale if same else draw_scale(rng, x.type.scale / 8, x.type.scale * 8)
    quant = Quant((scale,), (x.type.zero if same or dtype == "int16" else draw_zero(rng),))
    attrs = {"axes": axes, "keep_dims": keep_dims, "rounding": "double"}
    return single("mean", [x], [Type(y_shape, dtype, quant)], attrs)


OP = Mean()
