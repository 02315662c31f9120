"""Cosine similarity of rows to one template: y = Σ x · t / √(Σ x² · Σ t²), in fixed point; 0 where either is nothing.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [..., C], C at most 2^15 - 1 | per tensor; the scale is no part of the arithmetic |
| template | int8 | [C] | per tensor; the scale is no part of the arithmetic |
| y | int16 | [...] | scale 2^-15, zero 0 |

Attributes: none. docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.ir import Call, Case, Graph, Instance, Node, Op, Tensor
from lapel.ir.fixed import requantize
from lapel.ir.fixedmath import inverse_sqrt
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import Scaled, Signature

OUTPUT = Quant((2.0**-15,), (0,))
OUTPUT_BITS = 15
MOST = (1 << OUTPUT_BITS) - 1
MOST_CHANNELS = (1 << 15) - 1
"""So many products of at most 255² are an int32."""
LEAST_NORM = 1e-12
"""Of floats: what is shorter is nothing."""
X, TEMPLATE = 0, 1


def node(x: Tensor, template: Tensor, name: str) -> tuple[Node, Tensor]:
    """The similarity of these rows to this template, and its tensor."""
    made = Tensor(name, Type(x.type.shape[:-1], "int16", OUTPUT))
    return Node("similarity", name, (x.name, template.name), (name,)), made


class Similarity(Op):
    name = "similarity"
    signatures = (
        Signature((Scaled(("int8",), "x"), Scaled(("int8",), "template")), (Scaled(("int16",), exactly=OUTPUT),)),
    )

    def check_shapes(self, inst: Instance) -> list[str]:
        x, template = inst.x(X).shape, inst.x(TEMPLATE).shape
        if not x or template != x[-1:]:
            return [f"rows have shape {x} and the template {template}, expected (…, C) and (C,)"]
        return []

    def check(self, inst: Instance) -> list[str]:
        channels = inst.x().shape[-1]
        return [f"rows have {channels} values, expected at most {MOST_CHANNELS}"] if channels > MOST_CHANNELS else []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        x = inst.x()
        return ((x.shape[:-1], "int16" if x.dtype == "int8" else x.dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, template = arrays
        assert x is not None and template is not None
        v = x.reshape(-1, x.shape[-1]).astype(np.int64) - inst.x(X).zero
        t = template.astype(np.int64) - inst.x(TEMPLATE).zero
        (mul, shift), (whole, down) = inverse_sqrt((v * v).sum(axis=1)), inverse_sqrt((t * t).sum())
        across = requantize(v @ t, mul, shift + OUTPUT_BITS)
        y = np.clip(requantize(across, whole, down), -MOST - 1, MOST)
        return (y.astype(np.int16).reshape(x.shape[:-1]),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        x, t = (a.astype(np.float64) for a in arrays)
        norms = np.sqrt((x * x).sum(axis=-1) * (t * t).sum())
        return ((x @ t / np.maximum(norms, LEAST_NORM)).astype(np.float32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params = {"rows": x.size // x.shape[-1], "channels": x.shape[-1], "x_zero": x.zero}
        params["template_zero"] = inst.x(TEMPLATE).zero
        return (Call("similarity", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [Case("any", draw_similarity, "none")]


def draw_similarity(rng: np.random.Generator) -> Graph:
    """Rows of any number of values."""
    shape = (*draw_shape(rng, int(rng.integers(0, 3)), 4), int(rng.choice([1, 2, 7, 32, 300])))
    x, template = draw_type(rng, "x", shape), draw_type(rng, "template", shape[-1:])
    return single("similarity", [x, template], [Type(shape[:-1], "int16", OUTPUT)], {})


OP = Similarity()
