"""What the reductions over axes share: their attributes from a file, the result's shape, and the loops of a kernel.

Attributes: axes (sorted tuple, not negative), keep_dims (bool).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lapel.families.strides import Loop, collapse, require_axis, row_strides
from lapel.ir.along import Along, Axes
from lapel.ir.attribute import AXES, FLAG
from lapel.ir.axes import Perm, Permuted, without
from lapel.ir.graph import Instance, Tensor, Type
from lapel.ir.op import TfliteNode, TfliteOperator

ATTRIBUTES = {"axes": AXES, "keep_dims": FLAG}

LOOPS = 3
"""Loops over outputs, and over the cells of one, in a kernel's params."""


def read_reduction(op: TfliteOperator) -> dict[str, Any]:
    """Attributes of a reduction with the axes as input 1 and ReducerOptions."""
    x = op.inputs[0]
    assert x is not None
    axes = {require_axis(int(a), len(x.type.shape)) for a in op.const(1).reshape(-1)}
    return {"axes": tuple(sorted(axes)), "keep_dims": _keeps_dims(op, x.type.shape, axes)}


def _keeps_dims(op: TfliteOperator, shape: tuple[int, ...], axes: set[int]) -> bool:
    """The option, unless y's declared shape says otherwise: TFLite Micro goes by the shape."""
    if not axes:
        return bool(op.option("KeepDims"))
    forms = {True: tuple(1 if a in axes else d for a, d in enumerate(shape))}
    forms[False] = tuple(d for a, d in enumerate(shape) if a not in axes)
    return next((keep for keep, y in forms.items() if y == op.outputs[0].type.shape), bool(op.option("KeepDims")))


def write_reduction(inst: Instance) -> TfliteNode:
    """The inverse of `read_reduction`."""
    axes = np.array(inst.attrs["axes"], np.int32)
    const = Tensor(f"{inst.node.name}/axes", Type(axes.shape, "int32"), axes)
    return TfliteNode((inst.inputs[0], const), {"KeepDims": inst.attrs["keep_dims"]})


def reduced_shape(shape: Sequence[int], attrs: Mapping[str, Any]) -> tuple[int, ...]:
    """The shape of the result."""
    axes, keep = attrs["axes"], attrs["keep_dims"]
    return tuple(1 if i in axes else d for i, d in enumerate(shape) if keep or i not in axes)


def permuted_reduction(inst: Instance, perm: Perm) -> Permuted:
    """The same reduction of an input whose axes are permuted."""
    axes = inst.attrs["axes"]
    attrs = {**inst.attrs, "axes": tuple(k for k, a in enumerate(perm) if a in axes)}
    return Permuted(attrs, perm if inst.attrs["keep_dims"] else without(perm, axes))


def reduced_along(inst: Instance, axes: Axes) -> Along | None:
    """The same reduction of pieces along an axis that it keeps."""
    axis, gone = axes[0], inst.attrs["axes"]
    if axis is None or axis in gone:
        return None
    return Along((axis if inst.attrs["keep_dims"] else axis - sum(a < axis for a in gone),), inst.attrs)


def check_axes(inst: Instance) -> list[str]:
    """A problem of axes that x has not, or that are not sorted."""
    axes, rank = inst.attrs["axes"], len(inst.x().shape)
    if sorted(set(axes) & set(range(rank))) == list(axes):
        return []
    return [f"axes are {list(axes)}, expected some of {list(range(rank))}, each once and in order"]


def count_cells(inst: Instance) -> int:
    """How many elements of x make one of y."""
    return math.prod(inst.x().shape[a] for a in inst.attrs["axes"])


def rank_problems(inst: Instance) -> list[str]:
    """A problem of more dimensions than the loops are sure to have room for."""
    rank = len(inst.x().shape)
    if rank <= 2 * LOOPS - 1:
        return []
    return [f"input has {rank} dimensions, expected at most {2 * LOOPS - 1}: reshape it first"]


def reduction_loops(inst: Instance) -> tuple[list[Loop], list[Loop]]:
    """LOOPS loops (count, stride of x) over the outputs, and as many over the cells of one."""
    shape, axes = inst.x().shape, inst.attrs["axes"]
    loops = list(zip(shape, row_strides(shape), strict=True))
    kept = [loop for i, loop in enumerate(loops) if i not in axes]
    return _pad(kept), _pad([loop for i, loop in enumerate(loops) if i in axes])


def _pad(loops: Sequence[Loop]) -> list[Loop]:
    """The same visits in exactly LOOPS loops."""
    nest = collapse(loops)
    return [(1, 0)] * (LOOPS - len(nest)) + nest


def draw_reduction(rng: np.random.Generator, rank: int) -> dict[str, Any]:
    """Attributes over one or two axes: TFLite Micro has room for no more."""
    count = min(int(rng.integers(1, 3)), rank)
    axes = tuple(sorted(int(a) for a in rng.choice(rank, count, replace=False)))
    return {"axes": axes, "keep_dims": bool(rng.integers(0, 2)) or len(axes) == rank}
