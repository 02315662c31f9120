"""Mean of x over `axes`: sums of x - zero, times scale ratio / cells in one fixed-point multiplier, saturated.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any of at most 5 dimensions | per tensor |
| y | int8 | x's without `axes`, or with size 1 there if `keep_dims` | per tensor |

Attributes: axes (sorted tuple, not negative), keep_dims (bool), rounding (double).
Source: TFLite operator MEAN; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_type, draw_zero
from lapel.families.strides import Loop, collapse, require_axis, row_strides
from lapel.families.weights import ROUNDING
from lapel.ir import (
    Call,
    Case,
    Graph,
    Instance,
    NodeSpec,
    Op,
    Quant,
    Tensor,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.attribute import AXES, FLAG
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.op import Param, single
from lapel.ir.signature import INT8, unary

LOOPS = 3
"""Loops over outputs, and over the cells of one, in `lapel_mean_params`."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    x = op.inputs[0]
    assert x is not None
    axes = {require_axis(int(a), len(x.type.shape)) for a in op.const(1).reshape(-1)}
    attrs = {"axes": tuple(sorted(axes)), "keep_dims": _keeps_dims(op, x.type.shape, axes), "rounding": "double"}
    return NodeSpec("mean", (x,), attrs)


def _keeps_dims(op: TfliteOperator, shape: tuple[int, ...], axes: set[int]) -> bool:
    """The option, unless y's declared shape says otherwise: TFLite Micro goes by the shape."""
    if not axes:
        return bool(op.option("KeepDims"))
    forms = {True: tuple(1 if a in axes else d for a, d in enumerate(shape))}
    forms[False] = tuple(d for a, d in enumerate(shape) if a not in axes)
    return next((keep for keep, y in forms.items() if y == op.outputs[0].type.shape), bool(op.option("KeepDims")))


def write_tflite(inst: Instance) -> TfliteNode:
    axes = np.array(inst.attrs["axes"], np.int32)
    const = Tensor(f"{inst.node.name}/axes", Type(axes.shape, "int32"), axes)
    return TfliteNode((inst.inputs[0], const), {"KeepDims": inst.attrs["keep_dims"]})


class Mean(Op):
    name = "mean"
    tflite = (TfliteForm("MEAN", "ReducerOptions", range(1, 4), read_tflite, write_tflite, 2),)

    attributes = {"axes": AXES, "keep_dims": FLAG, "rounding": ROUNDING}
    signatures = (unary(INT8),)

    def check_shapes(self, inst: Instance) -> list[str]:
        axes, rank = inst.attrs["axes"], len(inst.x().shape)
        if sorted(set(axes) & set(range(rank))) != list(axes):
            return [f"axes are {list(axes)}, expected some of {list(range(rank))}, each once and in order"]
        return []

    def check(self, inst: Instance) -> list[str]:
        problems, rank = [], len(inst.x().shape)
        if rank > 2 * LOOPS - 1:
            problems.append(f"input has {rank} dimensions, expected at most {2 * LOOPS - 1}: reshape it first")
        if _cells(inst) > 2**23:
            problems.append(f"averages {_cells(inst)} cells, expected at most 2^23: the sum could overflow")
        return problems or multiplier_problems(inst.x().scale / inst.y().scale)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        axes, x = inst.attrs["axes"], inst.x()
        if inst.attrs["keep_dims"]:
            return ((tuple(1 if i in axes else d for i, d in enumerate(x.shape)), x.dtype),)
        return ((tuple(d for i, d in enumerate(x.shape) if i not in axes), x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, y = arrays[0], inst.y()
        assert x is not None
        mul, shift = _multiplier(inst)
        acc = (x.astype(np.int64) - inst.x().zero).sum(axis=inst.attrs["axes"])
        out = wrap32(requantize(acc, mul, shift, inst.attrs["rounding"]) + y.zero)
        return (np.clip(out, -128, 127).astype(np.int8).reshape(y.shape),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x.mean(axis=inst.attrs["axes"]).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        shape, axes = inst.x().shape, inst.attrs["axes"]
        loops = list(zip(shape, row_strides(shape), strict=True))
        kept = _pad_loops([loop for i, loop in enumerate(loops) if i not in axes])
        summed = _pad_loops([loop for i, loop in enumerate(loops) if i in axes])
        mul, shift = _multiplier(inst)
        params: dict[str, Param] = {
            "kept": tuple(n for n, _ in kept),
            "kept_strides": tuple(s for _, s in kept),
            "summed": tuple(n for n, _ in summed),
            "summed_strides": tuple(s for _, s in summed),
            "bias": -_cells(inst) * inst.x().zero,
            "mul": mul,
            "shift": shift,
            "y_zero": inst.y().zero,
        }
        return (Call("mean", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return () if len(inst.x().shape) - 1 in inst.attrs["axes"] else (0,)

    def cases(self) -> Sequence[Case]:
        return [
            Case("image", partial(draw_mean, image=True)),
            Case("any", partial(draw_mean, image=False)),
        ]


def _cells(inst: Instance) -> int:
    """How many elements of x make one of y."""
    return int(np.prod([inst.x().shape[a] for a in inst.attrs["axes"]], dtype=np.int64))


def _multiplier(inst: Instance) -> tuple[int, int]:
    """(mul, shift) of x.scale / y.scale / cells, the division done on the integer multiplier, rounded down."""
    mul, shift = quantize_multiplier(inst.x().scale / inst.y().scale)
    cells = _cells(inst)
    move = min(cells.bit_length() - 1, 32, 31 + shift)
    return (mul << move) // cells, shift - move


def _pad_loops(loops: Sequence[Loop]) -> list[Loop]:
    """The same visits in exactly LOOPS loops."""
    nest = collapse(loops)
    return [(1, 0)] * (LOOPS - len(nest)) + nest


def draw_mean(rng: np.random.Generator, *, image: bool) -> Graph:
    """One mean over height and width, or over one or two axes of anything: TFLite Micro has room for no more."""
    shape = draw_shape(rng, 4 if image else int(rng.integers(1, 5)), 7)
    count = min(int(rng.integers(1, 3)), len(shape))
    axes = (1, 2) if image else tuple(sorted(int(a) for a in rng.choice(len(shape), count, replace=False)))
    keep_dims = bool(rng.integers(0, 2)) or len(axes) == len(shape)
    x = draw_type(rng, "x", shape)
    y_shape = tuple(1 if i in axes else d for i, d in enumerate(shape) if keep_dims or i not in axes)
    same = rng.random() < 0.4
    scale = x.type.scale if same else draw_scale(rng, x.type.scale / 8, x.type.scale * 8)
    quant = Quant((scale,), (x.type.zero if same else draw_zero(rng),))
    attrs = {"axes": axes, "keep_dims": keep_dims, "rounding": "double"}
    return single("mean", [x], [Type(y_shape, "int8", quant)], attrs)


OP = Mean()
