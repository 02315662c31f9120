"""L2 normalization over the last axis: y = x / √(Σ x²), in fixed point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [..., C], C below 2^15 | per tensor; the scale is no part of the arithmetic |
| y | int8 | that of x | scale 1/128, zero 0 |

Attributes: none. Source: TFLite Micro L2_NORMALIZATION; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.draw import draw_shape, draw_type
from lapel.families.weights import activation_name
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.along import Along, Axes, kept_along
from lapel.ir.axes import Perm, Permuted, keeps_last
from lapel.ir.fixed import requantize
from lapel.ir.fixedmath import inverse_sqrt
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, Scaled, unary

OUTPUT = Quant((1 / 128,), (0,))
OUTPUT_BITS = 7
MOST_CHANNELS = (1 << 15) - 1
"""So many squares of at most 255² are an int32."""
MOST_RANK = 4
"""Dimensions that TFLite Micro takes."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    activation = activation_name(op.option("FusedActivationFunction"))
    if activation != "none":
        raise UnsupportedNode(f"fused activation {activation}, expected none: make it a node of its own")
    return NodeSpec("l2norm", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"FusedActivationFunction": 0})


class L2Norm(Op):
    name = "l2norm"
    tflite = (TfliteForm("L2_NORMALIZATION", "L2NormOptions", range(1, 3), read_tflite, write_tflite, 2),)

    signatures = (unary(INT8, Scaled(("int8",), exactly=OUTPUT)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        return [] if inst.x().shape else [f"input is {inst.x()}, expected an axis of channels: reshape it"]

    def check(self, inst: Instance) -> list[str]:
        problems, shape = [], inst.x().shape
        if len(shape) > MOST_RANK or shape[-1] > MOST_CHANNELS:
            expected = f"expected 1 to {MOST_RANK} dimensions, the last of at most {MOST_CHANNELS}"
            problems.append(f"input has shape {shape}, {expected}: reshape it")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        v = x.reshape(-1, x.shape[-1]).astype(np.int64) - inst.x().zero
        mul, shift = inverse_sqrt((v * v).sum(axis=1, keepdims=True))
        out = requantize(v, mul, shift + OUTPUT_BITS)
        return (np.clip(out, -128, 127).astype(np.int8).reshape(x.shape),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        x = arrays[0].astype(np.float64)
        norm = np.sqrt(np.maximum((x * x).sum(axis=-1, keepdims=True), 1e-12))
        return ((x / norm).astype(np.float32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params = {"rows": x.size // x.shape[-1], "channels": x.shape[-1], "x_zero": x.zero}
        return (Call("l2norm", inst.node.outputs, inst.node.inputs, params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return kept_along(inst, axes)

    def permuted(self, inst: Instance, perm: Perm) -> Permuted | None:
        return Permuted(inst.attrs, perm) if keeps_last(perm) else None

    def cases(self) -> Sequence[Case]:
        return [Case("any", draw_l2norm)]


def draw_l2norm(rng: np.random.Generator) -> Graph:
    shape = (*draw_shape(rng, int(rng.integers(0, 4)), 3), int(rng.choice([1, 2, 7, 40, 300])))
    x = draw_type(rng, "x", shape)
    return single("l2norm", [x], [Type(shape, "int8", OUTPUT)], {})


OP = L2Norm()
