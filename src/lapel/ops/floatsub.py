"""float32 less a constant, channel by channel: what centres raw features before they are quantized.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | any, channels last | none |
| b | float32, a constant | [channels] | none |
| y | float32 | that of x | none |

Attributes: none. One float32 difference an element, which no compiler contracts with what follows.
Source: TFLite Micro SUB; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.weights import activation_code, activation_name
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.attribute import Attribute
from lapel.ir.graph import Tensor, Type
from lapel.ir.op import Param, single
from lapel.ir.signature import Plain, Signature

BELOW_TWO, DENORMAL = 0xBFFFFFFF, 0x807FFFFF
"""Bits of a float32 that leave it finite: below 2, and below the smallest normal number."""

FLOAT = Plain(("float32",), advice="quantize the model to int8")


def read_tflite(name: str, op: TfliteOperator) -> NodeSpec:
    attrs = {"activation": activation_name(op.option("FusedActivationFunction"))}
    return NodeSpec(name, op.inputs[:2], attrs)


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"FusedActivationFunction": activation_code("none")})


class FloatSub(Op):
    """Its subclasses differ in `combine` and the names."""

    name = "floatsub"
    elementwise = True
    tflite = (TfliteForm("SUB", "SubOptions", range(1, 4), partial(read_tflite, "floatsub"), write_tflite),)

    attributes = {"activation": Attribute("str", choices=("none",), default="none")}
    signatures = (Signature((FLOAT, replace(FLOAT, constant=True)), (FLOAT,)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        x, b = inst.x(0), inst.x(1)
        if b.shape != x.shape[-1:] or not b.shape:
            return [f"constant is {list(b.shape)}, expected one number a channel of {list(x.shape)}: reshape it"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, "float32"),)

    def combine(self, x: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Of two arrays of one dtype, rounded once."""
        return np.asarray(x - b)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, b = arrays
        assert x is not None and b is not None
        with np.errstate(all="ignore"):
            return (self.combine(x, b),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.reference(inst, *arrays)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        b = inst.const(1)
        assert b is not None
        params: dict[str, Param] = {"b": b, "channels": b.size, "count": inst.x().size}
        return (Call(self.name, inst.node.outputs, inst.node.inputs[:1], params),)

    def inplace(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [Case("channels", partial(draw_channels, name=self.name))]


def draw_channels(rng: np.random.Generator, *, name: str) -> Graph:
    """One node of rank 1 to 4; constants over six decades, or any finite bits, denormal numbers among them."""
    shape = draw_shape(rng, int(rng.integers(1, 5)), 7)
    numbers = (rng.normal(0, 1, shape[-1]) * 10 ** rng.uniform(-3, 3, shape[-1])).astype(np.float32)
    if rng.random() < 0.5:
        kept = np.uint32(BELOW_TWO if rng.random() < 0.5 else DENORMAL)
        numbers = (rng.integers(0, 2**32, shape[-1], np.uint32) & kept).view(np.float32)
    b = Tensor("b", Type(numbers.shape, "float32"), numbers)
    return single(name, [Tensor("x", Type(shape, "float32")), b], [Type(shape, "float32")], {"activation": "none"})


OP = FloatSub()
