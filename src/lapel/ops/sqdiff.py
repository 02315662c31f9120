"""Elementwise squared difference with broadcasting: y = sat(zero + rescale((rescale(a) - rescale(b))²)).

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | int8, int16, may be constant | any; 5 loop levels after collapsing | per tensor |
| b | as a, may be constant | broadcasts with a | per tensor |
| y | as a | broadcast of a and b | per tensor |

Attributes: none. Source: TFLite Micro SQUARED_DIFFERENCE; docs/SPEC.md §5.
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
from lapel.families.draw import draw_scale, draw_zero
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import multiplier_problems, quantize_multiplier, requantize, wrap32
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, INT16, binary

LEFT = {"int8": 7, "int16": 0}
"""Inputs are rescaled at 2^7 times their value: the square of the largest difference still is an int32."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("sqdiff", op.inputs[:2])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class SquaredDifference(Op):
    name = "sqdiff"
    elementwise = True
    tflite = (TfliteForm("SQUARED_DIFFERENCE", "SquaredDifferenceOptions", range(1, 4), read_tflite, write_tflite, 2),)

    signatures = (binary(INT8), binary(INT16))

    def check(self, inst: Instance) -> list[str]:
        return check_loops(inst) or multiplier_problems(real_multipliers(inst)[2])

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        am, bm, ym = map(quantize_multiplier, real_multipliers(inst))
        more, info = LEFT[inst.y().dtype], np.iinfo(inst.y().dtype)
        left = requantize((a.astype(np.int64) - inst.x(0).zero) << more, *am)
        right = requantize((b.astype(np.int64) - inst.x(1).zero) << more, *bm)
        out = wrap32(requantize((left - right) ** 2, *ym) + inst.y().zero)
        return (np.clip(out, info.min, info.max).astype(info.dtype),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = arrays
        assert a is not None and b is not None
        return ((a - b) ** 2,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        pairs = dict(zip("aby", map(quantize_multiplier, real_multipliers(inst)), strict=True))
        params = {
            **loop_params(inst.x(0).shape, inst.x(1).shape),
            **{f"{name}_mul": mul for name, (mul, _) in pairs.items()},
            **{f"{name}_shift": shift for name, (_, shift) in pairs.items()},
        }
        if inst.y().dtype == "int16":
            return (Call("sqdiff16", inst.node.outputs, inst.node.inputs, params),)
        params |= {
            "a_zero": inst.x(0).zero,
            "b_zero": inst.x(1).zero,
            "y_zero": inst.y().zero,
        }
        return (Call("sqdiff", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return whole_inputs(inst)

    def cases(self) -> Sequence[Case]:
        wide = Case("int16", partial(draw_sqdiff, kind="mixed", dtype="int16"))
        return [*(Case(k, partial(draw_sqdiff, kind=k)) for k in ("same", "mixed", "constant")), wide]


def real_multipliers(inst: Instance) -> tuple[float, float, float]:
    """Of a, b and y: input scales relative to twice the larger one, in double precision."""
    a, b, y = inst.x(0).scale, inst.x(1).scale, inst.y().scale
    twice = 2.0 * max(a, b)
    return a / twice, b / twice, twice * twice / ((1 << 2 * LEFT[inst.y().dtype]) * y)


def draw_sqdiff(rng: np.random.Generator, *, kind: str, dtype: str = "int8") -> Graph:
    """TFLite Micro broadcasts at most four dimensions; one draw in six saturates."""
    while True:
        a, b, shape = draw_operands(rng, kind, dtype)
        if len(shape) < 5:
            break
    spread = 0.01 if rng.random() < 0.17 else 1.0
    y_scale = (
        max(a.type.scale, b.type.scale) ** 2 * spread * draw_scale(rng, 10.0, 300.0) * (256 if dtype == "int16" else 1)
    )
    y = Type(shape, dtype, Quant((float(np.float32(y_scale)),), (0 if dtype == "int16" else draw_zero(rng),)))
    return single("sqdiff", [a, b], [y], {})


OP = SquaredDifference()
