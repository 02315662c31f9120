"""Elementwise product of two operands with broadcasting: y = clamp(zero + rescale((a - a_zero)(b - b_zero))).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int16, int32, may be constant | any; 5 loop levels after collapsing | per tensor; int32 none |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: activation (none relu relu6 relu_n1_to_1). int32 has none, and wraps.
Source: TFLite 8-bit quantization specification, MUL; docs/SPEC.md §5.
"""

from __future__ import annotations

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
from lapel.ir import DTYPES, Call, Case, Graph, Instance, Op, TfliteForm
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import activation_problems, clamp_range, quantize_multiplier, requantize, wrap32
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, INT16, binary
from lapel.ops.add import WIDE_KINDS, clamp_params, limit_calls, read_tflite, write_tflite

LEFT_LIMIT = {"int8": 13, "int16": 0}
"""Products have 16 or 30 bits and a sign; the kernel for int8 keeps them doubled in an int32."""


def multiplier(inst: Instance) -> tuple[int, int]:
    """(mul, shift) of the product of the input scales over the output scale, in double precision."""
    return quantize_multiplier(inst.x(0).scale * inst.x(1).scale / inst.y().scale)


class Mul(Op):
    name = "mul"
    elementwise = True
    tflite = (TfliteForm("MUL", "MulOptions", range(1, 4), partial(read_tflite, "mul"), write_tflite, 2),)

    attributes = {"activation": ACTIVATION}
    signatures = (binary(INT8), binary(INT16), NUMBERS)

    def check(self, inst: Instance) -> list[str]:
        if is_plain(inst):
            return plain_problems(inst)
        problems = check_loops(inst)
        if problems:
            return problems
        if multiplier(inst)[1] > LEFT_LIMIT[inst.y().dtype]:
            a, b, y, most = inst.x(0).scale, inst.x(1).scale, inst.y().scale, LEFT_LIMIT[inst.y().dtype]
            problems.append(
                f"input scales {a:.6g} · {b:.6g} are over 2^{most} times the output scale {y:.6g}: requantize the model"
            )
        return problems or activation_problems(inst.attrs["activation"], inst.y().scale)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        if is_plain(inst):
            return (wrap32(a.astype(np.int64) * b.astype(np.int64)).astype(np.int32),)
        acc = (a.astype(np.int64) - inst.x(0).zero) * (b.astype(np.int64) - inst.x(1).zero)
        y = inst.y()
        lo, hi = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
        out = np.clip(requantize(acc, *multiplier(inst)) + y.zero, lo, hi)
        return (out.astype(DTYPES[y.dtype]),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return (activate(a * b, inst.attrs["activation"]),)

    def affine(self, inst: Instance, k: int, c: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return c, np.zeros_like(c)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        if is_plain(inst):
            return arithmetic(inst, "mul")
        mul, shift = multiplier(inst)
        loops = {**loop_params(inst.x(0).shape, inst.x(1).shape), "mul": mul, "shift": shift}
        if inst.y().dtype == "int16":
            return (Call("mul16", inst.node.outputs, inst.node.inputs, {**loops, **clamp_params(inst)}),)
        params = {
            **loops,
            "a_zero": inst.x(0).zero,
            "b_zero": inst.x(1).zero,
            "y_zero": inst.y().zero,
        }
        return (Call("mul", inst.node.outputs, inst.node.inputs, params), *limit_calls(inst))

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return whole_inputs(inst)

    def cases(self) -> Sequence[Case]:
        kinds = ("same", "scalar", "channel", "mixed", "constant", "twice")
        wide = [Case(f"int16_{k}", partial(draw_mul, kind=k, dtype="int16")) for k in WIDE_KINDS]
        numbers = Case("int32", partial(draw_numbers, name="mul", activation="none"))
        return [*(Case(k, partial(draw_mul, kind=k)) for k in kinds), *wide, numbers]


def draw_mul(rng: np.random.Generator, *, kind: str, dtype: str = "int8") -> Graph:
    """One product; one draw in four saturates, with a multiplier above 1."""
    a, b, shape = draw_operands(rng, kind, dtype)
    spread = float(rng.choice([1 / 10, 1, 4, 100] if dtype == "int16" else [1 / 4000, 1, 4, 100]))
    spread *= 256 if dtype == "int16" else 1
    y_scale = a.type.scale * b.type.scale * spread * draw_scale(rng, 10.0, 100.0)
    y = Type(shape, dtype, Quant((float(np.float32(y_scale)),), (0 if dtype == "int16" else draw_zero(rng),)))
    # TFLite Micro refuses limits that are not an int32.
    activation = draw_activation(rng) if y_scale > 1e-8 else "none"
    return single("mul", [a, b], [y], {"activation": activation})


OP = Mul()
