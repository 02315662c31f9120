"""Softmax over the last axis: y = 2^bits · exp(beta·x) / Σ exp(beta·x) - 2^(bits-1), in fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [..., C], C in 1..4095 | per tensor |
| y | int8 | that of x | scale 1/256, zero -128 |
| or y | int16 | that of x | zero -32768; the scale is not looked at |
| or x | int16 | [..., C], C in 1..65535 | per tensor, zero 0 |
| and y | int16 | that of x | scale 1/32768, to a thousandth; zero 0 |

Attributes: beta (float > 0).
Source: TFLite 8-bit quantization specification, SOFTMAX; gemmlowp/fixedpoint; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_type, draw_zero
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.along import Along, Axes, kept_along
from lapel.ir.attribute import Attribute
from lapel.ir.axes import Perm, Permuted, keeps_last
from lapel.ir.fixed import high_mul, quantize_multiplier, requantize, rounding_shift
from lapel.ir.fixedmath import exp_negative, input_radius, reciprocal_one_plus
from lapel.ir.graph import DTYPES, Quant, Tensor, Type
from lapel.ir.lut16 import look_up, make_lut
from lapel.ir.op import Param, single
from lapel.ir.signature import INT8, INT16, Scaled, unary

DIFF_BITS = 5
"""Differences to the row's maximum are Q5, in (-32, 0]."""

SUM_BITS = 12
"""The sum is Q12: up to 4095 classes without overflow."""

SUM_LIMIT = 1 << SUM_BITS
OUTPUT = Quant((1 / 256,), (-128,))
KERNELS = {"int8": "softmax", "int16": "softmaxwide"}
"""By the output's dtype."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("softmax", op.inputs[:1], {"beta": float(op.option("Beta"))})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"Beta": inst.attrs["beta"]})


EXP = make_lut(np.exp, -10.0, 0.0)
RECIPROCAL = make_lut(lambda x: 1 / (1 + x), 0.0, 1.0)
MOST_WIDE_CLASSES = 65535
WIDE_OUTPUT = 1 / 32768
"""Scale of the output of int16 inputs, to a thousandth."""
WIDE_RANGE = 65535 / 10
"""Steps of the table's argument that 1.0 is: exp(-10) is its other end."""
MOST_WIDE_SHIFT = 14
"""Differences have 16 bits and a sign."""


class Softmax(Op):
    name = "softmax"
    scores = "distribution"
    tflite = (TfliteForm("SOFTMAX", "SoftmaxOptions", range(1, 4), read_tflite, write_tflite, 2),)

    attributes = {"beta": Attribute("float")}
    signatures = (
        unary(INT8, Scaled(("int8",), exactly=OUTPUT)),
        unary(INT8, Scaled(("int16",), zero=-(2**15))),
        unary(INT16, replace(INT16, best=Quant((WIDE_OUTPUT,), (0,)))),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        return [] if inst.x().shape else [f"input is {inst.x()}, expected an axis of classes: reshape it"]

    def check(self, inst: Instance) -> list[str]:
        if inst.x().dtype == "int16":
            return check_wide(inst)
        x, problems = inst.x(), []
        if x.shape[-1] >= SUM_LIMIT:
            problems.append(f"input is {x}, expected a last axis of 1..{SUM_LIMIT - 1} classes: reshape it")
        if not self.diff_scale(inst) > 1:  # NaN too
            problems.append(f"beta {inst.attrs['beta']:g} times scale {x.scale:g}: expected above 2^-26: raise beta")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        wide = bool(inst.outputs) and inst.y().dtype == "int16" and inst.x().dtype == "int8"
        return ((inst.x().shape, "int16" if wide else inst.x().dtype),)

    def diff_scale(self, inst: Instance) -> float:
        """What takes an integer difference of inputs to Q5, capped where every difference is out of range."""
        real = inst.attrs["beta"] * inst.x().scale * (1 << (31 - DIFF_BITS))
        return float(min(real, 2.0**31 - 1))

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        if x.dtype == np.int16:
            return (wide_rows(inst, x.reshape(-1, x.shape[-1]).astype(np.int64)).reshape(x.shape),)
        table = np.zeros(256, np.int64)
        e = exponentials(self.diff_scale(inst))
        table[: len(e)] = e
        rows = x.reshape(-1, x.shape[-1]).astype(np.int64)
        e = table[rows.max(axis=1, keepdims=True) - rows]
        total = rounding_shift(e, SUM_BITS).sum(axis=1, keepdims=True)
        # total is at least 2^19, the exponential of the maximum itself.
        headroom = 32 - np.floor(np.log2(total)).astype(np.int64) - 1
        scale = reciprocal_one_plus((total << headroom) - (1 << 31))
        info = np.iinfo(DTYPES[inst.y().dtype])
        exponent = SUM_BITS - headroom + 31 - info.bits
        out = rounding_shift(high_mul(scale, e), exponent)
        return (np.minimum(out + info.min, info.max).astype(info.dtype).reshape(x.shape),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        e = np.exp(inst.attrs["beta"] * (x - x.max(axis=-1, keepdims=True)))
        return (e / e.sum(axis=-1, keepdims=True),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if inst.x().dtype == "int16":
            return (lower_wide(inst),)
        x, e = inst.x(), exponentials(self.diff_scale(inst))
        params: dict[str, Param] = {
            "exps": e.astype(np.int32),
            "rows": x.size // x.shape[-1],
            "classes": x.shape[-1],
            "steps": len(e),
        }
        return (Call(KERNELS[inst.y().dtype], inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.y().dtype == inst.x().dtype else ()

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return kept_along(inst, axes)

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted(inst.attrs, perm) if keeps_last(perm) else None

    def cases(self) -> Sequence[Case]:
        return [
            Case("few", partial(draw_softmax, classes=12)),
            Case("many", partial(draw_softmax, classes=500)),
            Case("extreme_scale", partial(draw_softmax, classes=12, low=1e-7, high=100.0)),
            Case("int16", partial(draw_softmax_wide, classes=60)),
            Case("int16_many", partial(draw_softmax_wide, classes=900)),
            Case("to_int16", partial(draw_softmax, classes=60, y_dtype="int16")),
            Case("to_int16_many", partial(draw_softmax, classes=900, y_dtype="int16")),
        ]


def exponentials(diff_scale: float) -> np.ndarray:
    """exp(-d) in Q0 for the differences d = 0, 1, … times their scale in Q5; ends where all further ones count as 0.

    Below 2^11 an entry adds nothing to the sum, 12 bits coarser, nor to the output, which is 15 or more.
    """
    mul, shift = quantize_multiplier(diff_scale)
    d = np.arange(min(input_radius(DIFF_BITS, shift), 255) + 1, dtype=np.int64)
    e = exp_negative(high_mul(-d << shift, mul), DIFF_BITS)
    return e[: int(np.flatnonzero(e >= 1 << (SUM_BITS - 1))[-1]) + 1]


def check_wide(inst: Instance) -> list[str]:
    """Problems of a node whose input is int16."""
    problems, x, y = [], inst.x(), inst.y()
    if abs(y.scale / WIDE_OUTPUT - 1) > 1e-3:
        problems.append(f"output is {y}, expected scale 1/32768: requantize")
    if x.shape[-1] > MOST_WIDE_CLASSES:
        problems.append(f"input is {x}, expected a last axis of 1..{MOST_WIDE_CLASSES} classes: reshape it")
    if not 0 < inst.attrs["beta"] * x.scale * WIDE_RANGE < 2**MOST_WIDE_SHIFT:
        found = f"beta {inst.attrs['beta']:g} times scale {x.scale:g}"
        problems.append(f"{found}: expected above 0 and below {2**MOST_WIDE_SHIFT / WIDE_RANGE:.3g}: requantize")
    return problems


def wide_multiplier(inst: Instance) -> tuple[int, int]:
    """(mul, shift) of a difference to the row's maximum."""
    return quantize_multiplier(inst.x().scale * inst.attrs["beta"] / (10.0 / 65535.0))


def wide_rows(inst: Instance, rows: np.ndarray) -> np.ndarray:
    """The definition for int16: both the exponential and the reciprocal of the sum by tables; int64 [rows, classes]."""
    diff = requantize(rows - rows.max(axis=1, keepdims=True), *wide_multiplier(inst))
    e = look_up(EXP, np.clip(diff + 32767, -32768, 32767))
    total = e.sum(axis=1, keepdims=True)
    zeros = 31 - np.floor(np.log2(total)).astype(np.int64)
    fraction = ((total << (zeros - 1)) + (1 << 13)) >> 14
    scale = look_up(RECIPROCAL, np.clip(fraction - (1 << 15) - (1 << 16), -32768, 32767))
    out = (e * scale + (np.int64(1) << (30 - zeros))) >> (31 - zeros)
    return np.asarray(np.clip(out, 0, 32767).astype(np.int16))


def lower_wide(inst: Instance) -> Call:
    """The kernel call for int16."""
    x, (mul, shift) = inst.x(), wide_multiplier(inst)
    params: dict[str, Param] = {"exps": EXP, "reciprocals": RECIPROCAL, "mul": mul, "shift": shift}
    params |= {"rows": x.size // x.shape[-1], "classes": x.shape[-1]}
    return Call("softmax16", inst.node.outputs, inst.node.inputs, params)


def draw_softmax_wide(rng: np.random.Generator, *, classes: int) -> Graph:
    """One softmax of int16 over up to `classes` classes, in a few rows."""
    shape = (*draw_shape(rng, int(rng.integers(0, 3)), 3), int(rng.integers(1, classes + 1)))
    x = draw_type(rng, "x", shape, "int16")
    y = Type(shape, "int16", Quant((WIDE_OUTPUT,), (0,)))
    return single("softmax", [x], [y], {"beta": float(np.float32(rng.choice([1.0, 1.0, 0.3, 2.5])))})


def draw_softmax(
    rng: np.random.Generator, *, classes: int, low: float = 1e-3, high: float = 0.5, y_dtype: str = "int8"
) -> Graph:
    """One softmax over up to `classes` classes, in a few rows."""
    lead = draw_shape(rng, int(rng.integers(0, 3)), 3)
    shape = (*lead, int(rng.integers(1, classes + 1)))
    x = Tensor("x", Type(shape, "int8", Quant((draw_scale(rng, low, high),), (draw_zero(rng),))))
    quant = OUTPUT if y_dtype == "int8" else Quant((float(np.float32(1 / rng.choice([65536, 65535]))),), (-(2**15),))
    attrs = {"beta": float(np.float32(rng.choice([1.0, 1.0, 0.3, 2.5])))}
    return single("softmax", [x], [Type(shape, y_dtype, quant)], attrs)


OP = Softmax()
