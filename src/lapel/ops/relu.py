"""Rectifiers as nodes of their own: y = clamp(zero + rescale(x)); a plain clamp if both are quantized alike.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | any | per tensor |
| y | as x | that of x | per tensor |

Attributes: activation (relu relu6 relu_n1_to_1). relu6 limits the stored integers of x, however y is quantized: TFLite
Micro does not rescale it.
Source: TFLite Micro RELU, RELU6; LiteRT RELU_N1_TO_1; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.families.table import TableOp
from lapel.families.unlike import differs, operands, steps_off, stored
from lapel.families.weights import activate
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.fixed import (
    activation_problems,
    clamp_range,
    multiplier_problems,
    quantize_multiplier,
    requantize,
)
from lapel.ir.graph import Type
from lapel.ir.numbers import numbers
from lapel.ir.op import all_alike, single
from lapel.ir.signature import INT8, INT16, unary
from lapel.ops.quantize import rescale_params

CODES = {"relu": "RELU", "relu6": "RELU6", "relu_n1_to_1": "RELU_N1_TO_1"}
CLAMPED = ("relu6",)
"""Those that limit the integers as they are, whatever the scales."""


def read_tflite(activation: str, op: TfliteOperator) -> NodeSpec:
    return NodeSpec("relu", op.inputs[:1], {"activation": activation})


def write_tflite(activation: str, inst: Instance) -> TfliteNode | None:
    return TfliteNode(inst.inputs) if inst.attrs["activation"] == activation else None


class Relu(TableOp):
    name = "relu"
    tflite = tuple(
        TfliteForm(code, None, range(1, 4), partial(read_tflite, a), partial(write_tflite, a))
        for a, code in CODES.items()
    )

    attributes = {"activation": Attribute("str", choices=tuple(CODES))}
    signatures = (unary(INT8), unary(INT16))

    def check(self, inst: Instance) -> list[str]:
        limited = inst.x() if clamps(inst) else inst.y()
        if inst.x().dtype == "int16" and inst.attrs["activation"] == "relu_n1_to_1":
            return ["relu_n1_to_1 of int16: TensorFlow Lite has it of int8 alone, use a MAXIMUM and a MINIMUM"]
        return [
            *multiplier_problems(inst.x().scale / inst.y().scale),
            *activation_problems(inst.attrs["activation"], limited.scale),
        ]

    def surprises(self, inst: Instance) -> list[str]:
        if not clamps(inst) or not (found := operands(inst)):
            return []
        x, name = found[0], inst.attrs["activation"]
        steps = steps_off(inst.y(), self.function(inst, stored(x)), activate(numbers(x.type, stored(x)), name))
        return differs(inst, f"limits stored integers of its input by {name}, and does not rescale them", steps)

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst) if inst.attrs["activation"] in CLAMPED else ()

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x, y = inst.x(), inst.y()
        if clamps(inst):
            return np.clip(q, *clamp_range(y.dtype, inst.attrs["activation"], x.scale, x.zero))
        ratio = x.scale / y.scale
        if inst.attrs["activation"] == "relu_n1_to_1":  # LiteRT divides in float32
            ratio = float(np.float32(x.scale) / np.float32(y.scale))
        mul, shift = quantize_multiplier(ratio)
        lo, hi = clamp_range(y.dtype, inst.attrs["activation"], y.scale, y.zero)
        return np.clip(requantize(q - x.zero, mul, shift) + y.zero, lo, hi)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (activate(x, inst.attrs["activation"]),)

    def activation(self, inst: Instance) -> str | None:
        name: str = inst.attrs["activation"]
        return name

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        if not clamps(inst):
            return super().lower(inst) if x.dtype == "int8" else (_lower_wide(inst),)
        lo, hi = clamp_range(x.dtype, inst.attrs["activation"], x.scale, x.zero)
        kernel = "limit16" if x.dtype == "int16" else "limit"
        return (Call(kernel, inst.node.outputs, inst.node.inputs, {"count": x.size, "lo": lo, "hi": hi}),)

    def cases(self) -> Sequence[Case]:
        alike = [Case(a, partial(draw_relu, activation=a, rescaled=False)) for a in ("relu", "relu6")]
        apart = [Case(f"{a}_apart", partial(draw_relu, activation=a, rescaled=True)) for a in ("relu", "relu6")]
        wide = [
            Case("int16", partial(draw_relu, activation="relu", rescaled=True, dtype="int16")),
            Case("int16_relu6", partial(draw_relu, activation="relu6", rescaled=False, dtype="int16")),
        ]
        return [
            *alike,
            *apart,
            *wide,
            Case("relu1", partial(draw_relu, activation="relu_n1_to_1", rescaled=True), "litert"),
        ]


def _lower_wide(inst: Instance) -> Call:
    lo, hi = clamp_range("int16", inst.attrs["activation"], inst.y().scale, 0)
    params = {**rescale_params(inst.x(), inst.y()), "lo": lo, "hi": hi}
    return Call("rescale", inst.node.outputs, inst.node.inputs, params)


def clamps(inst: Instance) -> bool:
    """Whether the integers are limited as they are, without a change of scale."""
    return inst.attrs["activation"] in CLAMPED or inst.x().quant == inst.y().quant


def draw_relu(rng: np.random.Generator, *, activation: str, rescaled: bool, dtype: str = "int8") -> Graph:
    x = draw_type(rng, "x", draw_shape(rng, int(rng.integers(1, 5)), 7), dtype)
    quant = draw_type(rng, "y", (), dtype).type.quant if rescaled else x.type.quant
    return single("relu", [x], [Type(x.type.shape, dtype, quant)], {"activation": activation})


OP = Relu()
