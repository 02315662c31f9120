"""Rectifier with learned slopes: y = x where x >= 0, else alpha·x; alpha is broadcast along x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any; 5 loop levels after collapsing | per tensor |
| alpha | int8 constant | broadcasts with x | per tensor |
| y | int8 | broadcast of x and alpha | per tensor |

Attributes: none. Source: TFLite Micro PRELU; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.bands import elementwise_band
from lapel.families.broadcast import channel_operands, check_loops, loop_params, result_shape
from lapel.families.draw import draw_const, draw_scale, draw_shape, draw_type, draw_zero
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.bands import Band, Rows
from lapel.ir.fixed import quantize_multiplier, requantize
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, Scaled, Signature

LEFT_LIMIT = 13
"""Products have 16 bits and a sign; shifted further they leave int32."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("prelu", op.inputs[:2])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


def multipliers(inst: Instance) -> tuple[tuple[int, int], tuple[int, int]]:
    """(mul, shift) of x and of alpha·x, in double precision."""
    x, alpha, y = inst.x(0).scale, inst.x(1).scale, inst.y().scale
    return quantize_multiplier(x / y), quantize_multiplier(x * alpha / y)


class Prelu(Op):
    name = "prelu"
    elementwise = True
    tflite = (TfliteForm("PRELU", None, range(1, 3), read_tflite, write_tflite),)

    signatures = (Signature((INT8, Scaled(("int8",), "alpha", constant=True)), (INT8,)),)

    def check(self, inst: Instance) -> list[str]:
        problems = check_loops(inst)
        if not problems and max(shift for _, shift in multipliers(inst)) > LEFT_LIMIT:
            x, alpha, y = inst.x(0).scale, inst.x(1).scale, inst.y().scale
            problems.append(
                f"input scale {x:.6g}, times that of alpha {alpha:.6g}, is over 2^{LEFT_LIMIT} times "
                f"the output scale {y:.6g}: requantize the model"
            )
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((result_shape(inst.x(0).shape, inst.x(1).shape), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, alpha = arrays
        assert x is not None and alpha is not None
        v, slope = x.astype(np.int64) - inst.x(0).zero, alpha.astype(np.int64) - inst.x(1).zero
        positive, negative = multipliers(inst)
        out = np.where(v >= 0, requantize(v, *positive), requantize(v * slope, *negative))
        return (np.clip(out + inst.y().zero, -128, 127).astype(np.int8),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, alpha = arrays
        assert x is not None and alpha is not None
        return (np.where(x >= 0, x, x * alpha),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        (x_mul, x_shift), (alpha_mul, alpha_shift) = multipliers(inst)
        params = {
            "x_mul": x_mul,
            "alpha_mul": alpha_mul,
            **loop_params(inst.x(0).shape, inst.x(1).shape),
            "x_zero": inst.x(0).zero,
            "alpha_zero": inst.x(1).zero,
            "y_zero": inst.y().zero,
            "x_shift": x_shift,
            "alpha_shift": alpha_shift,
        }
        return (Call("prelu", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return channel_operands(inst)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return elementwise_band(inst, rows)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,) if inst.x().size == inst.y().size else ()

    def cases(self) -> Sequence[Case]:
        return [Case(k, partial(draw_prelu, kind=k)) for k in ("channel", "shared", "same", "wider")]


def draw_prelu(rng: np.random.Generator, *, kind: str) -> Graph:
    """One node; slopes per channel, one for all, one each, or repeating x."""
    shape = draw_shape(rng, int(rng.integers(2, 5)), 5)
    kinds = {"channel": shape[-1:], "shared": (1,), "same": shape, "wider": shape}
    alpha = draw_const(rng, draw_type(rng, "alpha", kinds[kind]))
    x = draw_type(rng, "x", (1, *shape[1:]) if kind == "wider" else shape)
    spread = float(rng.choice([0.02, 1.0, 3.0]))
    quant = Quant((float(np.float32(x.type.scale * spread * draw_scale(rng, 0.1, 2.0))),), (draw_zero(rng),))
    return single("prelu", [x, alpha], [Type(shape, "int8", quant)], {})


OP = Prelu()
