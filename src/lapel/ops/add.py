"""Elementwise sum of two operands with broadcasting: y = clamp(zero + rescale(rescale(a) + rescale(b))).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int16, int32, may be constant | any; 5 loop levels after collapsing | per tensor; int32 none |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: activation (none relu relu6 relu_n1_to_1). int32 has none, and wraps.
Source: TFLite 8-bit quantization specification, ADD; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import ClassVar

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
from lapel.families.weights import ACTIVATION, activate, activation_code, activation_name
from lapel.ir import DTYPES, Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import activation_problems, clamp_range, quantize_multiplier, requantize, wrap32
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, INT16, binary

LEFT = {"int8": 20, "int16": 15}
"""Inputs are rescaled at 2^20 or 2^15 times their value, so that the sum keeps its fraction."""

WIDE_KINDS = ("same", "mixed", "constant")
"""Operands of int16 test cases."""

Multiplier = tuple[int, int]


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    attrs = {"activation": activation_name(op.option("FusedActivationFunction"))}
    return NodeSpec(name, op.inputs[:2], attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"FusedActivationFunction": activation_code(inst.attrs["activation"])})


class Add(Op):
    name = "add"
    elementwise = True
    sign: ClassVar[int] = 1
    tflite = (TfliteForm("ADD", "AddOptions", range(1, 4), partial(read_tflite, "add"), write_tflite, 2),)

    attributes = {"activation": ACTIVATION}
    signatures = (binary(INT8), binary(INT16), NUMBERS)

    def check(self, inst: Instance) -> list[str]:
        if is_plain(inst):
            return plain_problems(inst)
        problems = check_loops(inst)
        if problems:
            return problems
        return self.check_scales(inst) + activation_problems(inst.attrs["activation"], inst.y().scale)

    def check_scales(self, inst: Instance) -> list[str]:
        """The output multiplier of the arithmetic must stay below one half."""
        a, b, y, most = inst.x(0).scale, inst.x(1).scale, inst.y().scale, LEFT[inst.y().dtype] - 2
        if max(a, b) / y < 2**most:
            return []
        return [f"input scales {a:.6g}, {b:.6g} over 2^{most} times the output scale {y:.6g}: requantize the model"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), inst.x().dtype),)

    def multipliers(self, inst: Instance) -> tuple[Multiplier, Multiplier, Multiplier]:
        """(mul, shift) of a, b and y: input scales relative to twice the larger one, in double precision."""
        a, b, y = inst.x(0).scale, inst.x(1).scale, inst.y().scale
        twice = 2.0 * max(a, b)
        reals = (a / twice, b / twice, twice / ((1 << LEFT[inst.y().dtype]) * y))
        am, bm, ym = map(quantize_multiplier, reals)
        return am, bm, ym

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        if is_plain(inst):
            return (wrap32(a.astype(np.int64) + self.sign * b.astype(np.int64)).astype(np.int32),)
        am, bm, ym = self.multipliers(inst)
        y, left_shift = inst.y(), LEFT[inst.y().dtype]
        left = requantize((a.astype(np.int64) - inst.x(0).zero) << left_shift, *am)
        right = requantize((b.astype(np.int64) - inst.x(1).zero) << left_shift, *bm)
        lo, hi = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
        out = np.clip(requantize(left + self.sign * right, *ym) + y.zero, lo, hi)
        return (out.astype(DTYPES[y.dtype]),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return (activate(a + self.sign * b, inst.attrs["activation"]),)

    def affine(self, inst: Instance, k: int, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full_like(c, 1 if k == 0 else self.sign), c * (self.sign if k == 0 else 1)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if is_plain(inst):
            return arithmetic(inst, self.name)
        # The operand with the larger scale is rescaled by exactly 1/2: only the other one takes a product.
        coarse, fine = (0, 1) if inst.x(0).scale >= inst.x(1).scale else (1, 0)
        multipliers = self.multipliers(inst)
        y_mul, y_shift = multipliers[2]
        names = (inst.node.inputs[coarse], inst.node.inputs[fine])
        if inst.y().dtype == "int16":
            wide = {
                **loop_params(inst.x(coarse).shape, inst.x(fine).shape),
                "b_mul": multipliers[fine][0],
                "y_mul": y_mul if coarse == 0 else self.sign * y_mul,
                "b_shift": -multipliers[fine][1],
                "b_negative": int(self.sign < 0),
                "y_shift": -y_shift,
                **clamp_params(inst),
            }
            return (Call("add16", inst.node.outputs, names, wide),)
        params = {
            **split_multiplier(*multipliers[fine], self.sign),
            "y_mul": y_mul if coarse == 0 else self.sign * y_mul,
            **loop_params(inst.x(coarse).shape, inst.x(fine).shape),
            "a_zero": inst.x(coarse).zero,
            "b_zero": inst.x(fine).zero,
            "y_zero": inst.y().zero,
            "y_shift": max(1, -y_shift),  # 0 only comes with mul 0
        }
        return (Call("add", inst.node.outputs, names, params), *limit_calls(inst))

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return whole_inputs(inst)

    def cases(self) -> Sequence[Case]:
        kinds = ("same", "scalar", "channel", "mixed", "constant", "twice")
        wide = [Case(f"int16_{k}", partial(draw_sum, name=self.name, kind=k, dtype="int16")) for k in WIDE_KINDS]
        numbers = Case("int32", partial(draw_numbers, name=self.name, activation="none"))
        return [*(Case(k, partial(draw_sum, name=self.name, kind=k)) for k in kinds), *wide, numbers]


def clamp_params(inst: Instance) -> dict[str, int]:
    """The fields that clamp an int16 output in the params struct of a kernel of two operands."""
    lo, hi = clamp_range("int16", inst.attrs["activation"], inst.y().scale, 0)
    return {"lo": lo, "hi": hi}


def limit_calls(inst: Instance) -> tuple[Call, ...]:
    """What clamps the output in place where the activation is narrower than int8, to which kernels saturate.

    That is rare, because converters choose the output scale so that the activation just fills the range.
    """
    y = inst.y()
    lo, hi = clamp_range("int8", inst.attrs["activation"], y.scale, y.zero)
    if (lo, hi) == (-128, 127):
        return ()
    return (Call("limit", inst.node.outputs, inst.node.outputs, {"count": y.size, "lo": lo, "hi": hi}),)


def split_multiplier(mul: int, shift: int, sign: int) -> dict[str, int]:
    """Params of sign * round(v * mul / 2^11) >> -shift for |v| < 512, in 32-bit products.

    v * mul / 2^11 = v * high + v * low / 2^11, low in 0..2047. A negative sign mirrors the halves, which
    round up, hence the other rounding constant. shift 0 comes only with mul 2^30 or 0: then halving the
    double is the same.
    """
    if shift == 0:
        mul, shift = 2 * mul, -1
    return {
        "b_high": sign * (mul >> 11),
        "b_low": sign * (mul & 2047),
        "b_round": 1024 if sign > 0 else 1023,
        "b_shift": -shift,
    }


def draw_sum(rng: np.random.Generator, *, name: str, kind: str, dtype: str = "int8") -> Graph:
    """One sum; some draws have operand scales that are far apart, one in six an output that saturates."""
    a, b, shape = draw_operands(rng, kind, dtype)
    spread = 0.02 if rng.random() < 0.17 else 1.0
    y_scale = max(a.type.scale, b.type.scale) * spread * draw_scale(rng, 0.5, 4.0)
    y = Type(shape, dtype, Quant((float(np.float32(y_scale)),), (0 if dtype == "int16" else draw_zero(rng),)))
    return single(name, [a, b], [y], {"activation": draw_activation(rng)})


OP = Add()
