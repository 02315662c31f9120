"""Greatest of x over `axes`.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any of at most 5 dimensions | per tensor |
| y | int8 | x's without `axes`, or with size 1 there if `keep_dims` | that of x |

Attributes: axes (sorted tuple, not negative), keep_dims (bool).
Source: TFLite Micro REDUCE_MAX; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.families.reduction import (
    ATTRIBUTES,
    check_axes,
    draw_reduction,
    permuted_reduction,
    rank_problems,
    read_reduction,
    reduced_along,
    reduced_shape,
    reduction_loops,
    write_reduction,
)
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteOperator, Type
from lapel.ir.along import Along, Axes
from lapel.ir.axes import Perm, Permuted
from lapel.ir.op import Param, all_alike, single
from lapel.ir.signature import INT8, unary


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    return NodeSpec(name, op.inputs[:1], read_reduction(op))


class ReduceMax(Op):
    name = "reducemax"
    choose: ClassVar[np.ufunc] = np.maximum
    flip: ClassVar[int] = 0
    tflite = (
        TfliteForm("REDUCE_MAX", "ReducerOptions", range(1, 4), partial(read_tflite, "reducemax"), write_reduction, 2),
    )

    attributes = ATTRIBUTES
    signatures = (unary(INT8),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_axes(inst)

    def check(self, inst: Instance) -> list[str]:
        if inst.x().quant != inst.y().quant:
            # TFLite Micro refuses it when it runs.
            return [f"output is {inst.y()}, expected the scale and zero point of the input {inst.x()}"]
        return rank_problems(inst)

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((reduced_shape(inst.x().shape, inst.attrs), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.asarray(self.choose.reduce(x, axis=inst.attrs["axes"])).reshape(inst.y().shape),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        return self.reference(inst, *arrays)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        kept, taken = reduction_loops(inst)
        params: dict[str, Param] = {
            "kept": tuple(n for n, _ in kept),
            "kept_strides": tuple(s for _, s in kept),
            "taken": tuple(n for n, _ in taken),
            "taken_strides": tuple(s for _, s in taken),
            "flip": self.flip,
        }
        return (Call("reducemax", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return () if len(inst.x().shape) - 1 in inst.attrs["axes"] else (0,)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return reduced_along(inst, axes)

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return permuted_reduction(inst, perm)

    def cases(self) -> Sequence[Case]:
        return [Case("any", partial(draw_extremum, name=self.name))]


def draw_extremum(rng: np.random.Generator, *, name: str) -> Graph:
    """One maximum or minimum over one or two axes."""
    shape = draw_shape(rng, int(rng.integers(1, 5)), 7)
    attrs = draw_reduction(rng, len(shape))
    x = draw_type(rng, "x", shape)
    return single(name, [x], [Type(reduced_shape(shape, attrs), "int8", x.type.quant)], attrs)


OP = ReduceMax()
