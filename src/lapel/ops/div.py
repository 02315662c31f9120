"""Elementwise quotient with broadcasting: y = clamp(zero + rescale((a - a_zero) / (b - b_zero))), in fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int32, may be constant | any; 5 loop levels after collapsing | per tensor; int32 none |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: activation. Beyond every bound where b is its zero point and a is not. TFLite Micro computes nonsense there,
and where a quotient needs a shift of more than 31 bits, which is 0. int32 has no activation, and drops the fraction; a
quotient out of range, also of a division by zero, is the end of the range. Source: TFLite Micro DIV; docs/SPEC.md §5.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.bands import elementwise_band
from lapel.families.broadcast import (
    channel_operands,
    check_loops,
    draw_operands,
    loop_params,
    result_shape,
    whole_inputs,
)
from lapel.families.draw import draw_activation, draw_scale, draw_zero
from lapel.families.integers import NUMBERS, arithmetic, draw_numbers, is_plain, plain_problems
from lapel.families.weights import ACTIVATION, activate
from lapel.ir import Call, Case, Graph, Instance, Op, TfliteForm
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import activation_problems, clamp_range, high_mul, quantize_multiplier, rounding_shift
from lapel.ir.fixedmath import reciprocal_one_plus
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, binary
from lapel.ops.add import read_tflite, write_tflite

LEFT_LIMIT = 22
"""Beyond, a quotient of the largest operands would have to be shifted to the left."""
BEYOND = 512
"""More than any output, in magnitude."""


class Div(Op):
    name = "div"
    elementwise = True
    tflite = (TfliteForm("DIV", "DivOptions", range(1, 3), partial(read_tflite, "div"), write_tflite, 2),)

    attributes = {"activation": ACTIVATION}
    signatures = (binary(INT8), NUMBERS)

    def check(self, inst: Instance) -> list[str]:
        if is_plain(inst):
            return plain_problems(inst)
        problems = check_loops(inst)
        if not problems and not multiplier_shift_fits(inst):
            a, b, y = inst.x(0).scale, inst.x(1).scale, inst.y().scale
            found = f"input scales {a:.6g} / {b:.6g} are over 2^{LEFT_LIMIT} times the output scale {y:.6g}"
            problems.append(f"{found}, or no number: requantize the model")
        return problems or activation_problems(inst.attrs["activation"], inst.y().scale)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        if is_plain(inst):
            return (truncated_quotient(a.astype(np.int64), b.astype(np.int64)),)
        u, v = a.astype(np.int64) - inst.x(0).zero, b.astype(np.int64) - inst.x(1).zero
        mul, shift = quantize_multiplier(multiplier(inst))
        u, v = u * np.where(v < 0, -1, 1), np.abs(v)
        divisor = np.maximum(v, 1)
        digits, headroom = _log2(divisor), 30 - _log2(np.maximum(np.where(u < 0, ~u, u), 1))
        headroom += u == -1
        inverse = reciprocal_one_plus((divisor << (31 - digits)) - (1 << 31))
        quotient = high_mul(high_mul(u << headroom, inverse), mul)
        right = digits + headroom - shift
        out = np.where(right > 31, 0, rounding_shift(quotient, np.minimum(right, 31)))
        out = np.where(v == 0, np.sign(u) * BEYOND, out) + inst.y().zero
        lo, hi = clamp_range("int8", inst.attrs["activation"], inst.y().scale, inst.y().zero)
        return (np.clip(out, lo, hi).astype(np.int8),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        with np.errstate(all="ignore"):
            return (activate(a / b, inst.attrs["activation"]),)

    def affine(self, inst: Instance, k: int, c: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
        return (1 / c, np.zeros_like(c)) if k == 0 and c.all() else None

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if is_plain(inst):
            return arithmetic(inst, "div")
        mul, shift = quantize_multiplier(multiplier(inst))
        lo, hi = clamp_range("int8", inst.attrs["activation"], inst.y().scale, inst.y().zero)
        params = {
            **loop_params(inst.x(0).shape, inst.x(1).shape),
            "mul": mul,
            "shift": shift,
            "a_zero": inst.x(0).zero,
            "b_zero": inst.x(1).zero,
            "y_zero": inst.y().zero,
            "lo": lo,
            "hi": hi,
        }
        return (Call("div", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return whole_inputs(inst)

    def cases(self) -> Sequence[Case]:
        return [
            Case("constant", partial(draw_div, kind="constant")),
            Case("computed", partial(draw_div, kind="mixed"), "none"),
            Case("small", partial(draw_div, kind="same"), "none"),
            Case("int32", partial(draw_numbers, name="div", divides=True, activation="none")),
            Case("int32_any", partial(draw_numbers, name="div", activation="none"), "none"),
        ]


def multiplier(inst: Instance) -> float:
    """a.scale / (b.scale · y.scale), in float64; infinite where the product is no normal number."""
    product = inst.x(1).scale * inst.y().scale
    return inst.x(0).scale / product if product >= np.finfo(np.float64).tiny else math.inf


def multiplier_shift_fits(inst: Instance) -> bool:
    """Whether every shift of a quotient is to the right, and the multiplier a number."""
    real = multiplier(inst)
    return math.isfinite(real) and quantize_multiplier(real)[1] <= LEFT_LIMIT


def truncated_quotient(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """int32: a / b without its fraction; of a division by zero the end of the range on a's side."""
    beyond = np.sign(a) << 31
    quotient = np.where(b == 0, beyond, np.abs(a) // np.maximum(np.abs(b), 1) * np.sign(a) * np.sign(b))
    return np.clip(quotient, -(2**31), 2**31 - 1).astype(np.int32)


def _log2(x: np.ndarray) -> np.ndarray:
    """⌊log2 x⌋ of positive integers."""
    return np.floor(np.log2(x)).astype(np.int64)


def draw_div(rng: np.random.Generator, *, kind: str) -> Graph:
    """`constant`: divisors that are not 0, and outputs of which no quotient needs a shift of more than 31 bits."""
    while True:
        a, b, shape = draw_operands(rng, kind)
        if 1e-6 < a.type.scale / b.type.scale < 1e6:
            break
    if kind == "constant":
        a, b = (a, b) if b.data is not None else (b, a)
        assert b.data is not None
        b = Tensor(b.name, b.type, np.where(b.data == b.type.zero, b.type.zero ^ 1, b.data).astype(np.int8))
    y_scale = a.type.scale / b.type.scale / draw_scale(rng, 70.0 if kind == "constant" else 0.5, 5000.0)
    y = Type(shape, "int8", Quant((float(np.float32(y_scale)),), (draw_zero(rng),)))
    return single("div", [a, b], [y], {"activation": draw_activation(rng)})


OP = Div()
