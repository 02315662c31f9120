"""Logarithm of softmax over the last axis: y = x - max - log Σ exp(x - max), in fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [..., C], C in 1..4095 | per tensor |
| y | int8 | that of x | scale 1/16, zero 127 |

Attributes: none. Source: TFLite Micro LOG_SOFTMAX; gemmlowp/fixedpoint; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_zero
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.along import Along, Axes, kept_along
from lapel.ir.axes import Perm, Permuted, keeps_last
from lapel.ir.fixed import INT32_MIN, quantize_multiplier, requantize, rounding_shift
from lapel.ir.fixedmath import input_radius, log_above_one
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import Param, single
from lapel.ir.signature import INT8, Scaled, unary
from lapel.ops.softmax import DIFF_BITS, SUM_BITS, SUM_LIMIT, exponentials

OUTPUT = Quant((1 / 16,), (127,))
OUTPUT_SHIFT = 22
"""From Q5 to sixteenths."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("logsoftmax", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class LogSoftmax(Op):
    name = "logsoftmax"
    tflite = (TfliteForm("LOG_SOFTMAX", "LogSoftmaxOptions", range(1, 3), read_tflite, write_tflite, 2),)

    signatures = (unary(INT8, Scaled(("int8",), exactly=OUTPUT)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return [] if inst.x().shape else [f"input is {inst.x()}, expected an axis of classes: reshape it"]

    def check(self, inst: Instance) -> list[str]:
        x, problems = inst.x(), []
        if x.shape[-1] >= SUM_LIMIT:
            problems.append(f"input is {x}, expected a last axis of 1..{SUM_LIMIT - 1} classes: reshape it")
        if not diff_scale(inst) > 1:
            problems.append(f"input scale is {x.scale:g}, expected above 2^-26: requantize the model")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        mul, shift = quantize_multiplier(diff_scale(inst))
        table, e = np.zeros(256, np.int64), exponentials(diff_scale(inst))
        table[: len(e)] = e
        rows = x.reshape(-1, x.shape[-1]).astype(np.int64)
        d = rows.max(axis=1, keepdims=True) - rows
        log = log_above_one(rounding_shift(table[d], SUM_BITS).sum(axis=1, keepdims=True), SUM_BITS, DIFF_BITS)
        inverse, right = inverse_scale(inst)
        least = np.maximum(-input_radius(DIFF_BITS, shift) - 1, requantize(log + INT32_MIN, inverse, -right))
        out = rounding_shift(requantize(-np.minimum(d, -least), mul, shift) - log, OUTPUT_SHIFT) + 127
        return (np.where(-d > least, np.clip(out, -128, 127), -128).astype(np.int8).reshape(x.shape),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        x = arrays[0].astype(np.float64)
        x = x - x.max(axis=-1, keepdims=True)
        return ((x - np.log(np.exp(x).sum(axis=-1, keepdims=True))).astype(np.float32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x, e = inst.x(), exponentials(diff_scale(inst))
        mul, shift = quantize_multiplier(diff_scale(inst))
        inverse, right = inverse_scale(inst)
        params: dict[str, Param] = {
            "exps": e.astype(np.int32),
            "rows": x.size // x.shape[-1],
            "classes": x.shape[-1],
            "mul": mul,
            "inverse": inverse,
            "steps": len(e),
            "radius": min(input_radius(DIFF_BITS, shift), 255),
            "shift": shift,
            "right": right,
        }
        return (Call("logsoftmax", inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return kept_along(inst, axes)

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted(inst.attrs, perm) if keeps_last(perm) else None

    def cases(self) -> Sequence[Case]:
        return [
            Case("few", partial(draw_logsoftmax, classes=12)),
            Case("many", partial(draw_logsoftmax, classes=500)),
            Case("extreme_scale", partial(draw_logsoftmax, classes=12, low=1e-7, high=100.0)),
        ]


def diff_scale(inst: Instance) -> float:
    """What takes an integer difference of inputs to Q5, capped where every difference is out of range."""
    return min(inst.x().scale * (1 << (31 - DIFF_BITS)), 2.0**31 - 1)


def inverse_scale(inst: Instance) -> tuple[int, int]:
    """(mul, right shift) that take a Q5 back to an integer difference."""
    mul, shift = quantize_multiplier(diff_scale(inst))
    inverse, left = quantize_multiplier((1 << (31 - shift)) / mul)
    return inverse, -left


def draw_logsoftmax(rng: np.random.Generator, *, classes: int, low: float = 1e-3, high: float = 0.5) -> Graph:
    """One of up to `classes` classes, in a few rows."""
    shape = (*draw_shape(rng, int(rng.integers(0, 3)), 3), int(rng.integers(1, classes + 1)))
    x = Tensor("x", Type(shape, "int8", Quant((draw_scale(rng, low, high),), (draw_zero(rng),))))
    return single("logsoftmax", [x], [Type(shape, "int8", OUTPUT)], {})


OP = LogSoftmax()
