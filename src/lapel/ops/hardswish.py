"""Hard swish: y = x · min(max(x + 3, 0), 6) / 6, in 16-bit fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor; scale above 1/128 of that of x |

Attributes: none. Source: TFLite Micro HARD_SWISH; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_scale
from lapel.families.table import TableOp, draw_unary
from lapel.ir import Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.fixed import quantize_multiplier
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single

INT16_MIN, INT16_MAX = -(2**15), 2**15 - 1
HIRES = 1 / 128
"""Scale of the 16-bit input, relative to x."""

RELUISH_SCALE = 3 / 32768
"""Scale at which the real number 3 is 1.0 in Q15."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("hardswish", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class HardSwish(TableOp):
    name = "hardswish"
    tflite = (TfliteForm("HARD_SWISH", "HardSwishOptions", range(1, 2), read_tflite, write_tflite),)

    def check(self, inst: Instance) -> list[str]:
        if output_multiplier(inst)[1] <= 0:
            return []
        x, y = inst.x().scale, inst.y().scale
        return [f"output scale {y:.6g} is below 1/128 of that of the input, {x:.6g}: requantize"]

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        hires = (q - inst.x().zero) * 128
        y_mul, y_shift = output_multiplier(inst)
        on_output_scale = high_mul16(hires, y_mul)
        gate = (reluish(hires, *half_multiplier(HIRES * inst.x().scale / RELUISH_SCALE)) + (1 << 15)) >> 1
        # Halving the double towards zero cancels the bias of the roundings before it.
        product = gate * on_output_scale
        product = np.sign(product) * (np.abs(product) >> 15)
        out = wrap16(rounding_shift16(product, -y_shift) + inst.y().zero)
        return np.clip(out, -128, 127)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (x * np.clip(x + 3, 0, 6) / 6,)

    def cases(self) -> Sequence[Case]:
        return [Case("random", draw_hardswish)]


def output_multiplier(inst: Instance) -> tuple[int, int]:
    return half_multiplier(HIRES * inst.x().scale / inst.y().scale)


def half_multiplier(real: float) -> tuple[int, int]:
    """(mul, shift) with a 16-bit multiplier, saturated."""
    mul, shift = quantize_multiplier(real)
    return min((mul + (1 << 15)) >> 16, INT16_MAX), shift


def reluish(hires: np.ndarray, mul: int, shift: int) -> np.ndarray:
    """x / 3 in Q15, saturated; the last bit of a left shift comes after the multiplication, which rounds."""
    if shift > 0:
        hires = saturate16(hires << (shift - 1))
    scaled = high_mul16(hires, mul)
    if shift > 0:
        return saturate16(scaled << 1)
    return rounding_shift16(scaled, -shift)


def saturate16(x: np.ndarray) -> np.ndarray:
    return np.clip(x, INT16_MIN, INT16_MAX)


def wrap16(x: np.ndarray) -> np.ndarray:
    return x.astype(np.int16).astype(np.int64)


def high_mul16(a: np.ndarray, b: int) -> np.ndarray:
    """round(a * b / 2^15), halves up, saturated."""
    return np.minimum((a * b + (1 << 14)) >> 15, INT16_MAX)


def rounding_shift16(x: np.ndarray, exponent: int) -> np.ndarray:
    """x / 2^exponent, halves away from zero, as int16 code does: its mask wraps to -1 from exponent 16 on."""
    mask = (1 << exponent) - 1 if exponent < 16 else -1
    threshold = (mask >> 1) + (x < 0)
    return (x >> exponent) + ((x & mask) > threshold)


def draw_hardswish(rng: np.random.Generator) -> Graph:
    """Output scale from 1/100 of the input's, to far above it: there, shifts pass 16 bits."""
    g = draw_unary(rng, "hardswish")
    x, y = g.tensors["x"], g.tensors["y0"].type
    scale = x.type.scale * draw_scale(rng, 0.01, float(rng.choice([2.0, 2.0, 3000.0])))
    quant = Quant((float(np.float32(scale)),), (y.zero,))
    return single("hardswish", [Tensor("x", x.type)], [Type(y.shape, "int8", quant)], {})


OP = HardSwish()
