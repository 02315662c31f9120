"""The mean direction of rows: each row divided by its norm, their sum scaled to int8. What a speaker is enrolled by.

    m = Σ over rows of x / √(Σ x²);   y = 127 · m / max |m|

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [N, C], N from 1 to 16, C at most 2^15 - 1 | per tensor; the scale is no part of the arithmetic |
| y | int8 | [C] | scale 1/128, zero 0: a direction, whose greatest value is 127; 0 where all rows are nothing |

Attributes: none. docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_type
from lapel.ir import Call, Case, Graph, Instance, Node, Op, Tensor
from lapel.ir.fixed import requantize
from lapel.ir.fixedmath import inverse_sqrt
from lapel.ir.graph import Quant, Type
from lapel.ir.op import single
from lapel.ir.signature import INT8, Scaled, unary

OUTPUT = Quant((1 / 128,), (0,))
MOST = 127
UNIT_BITS = 14
"""Of a row whose length is one."""
MOST_ROWS, MOST_CHANNELS = 16, (1 << 15) - 1
"""Their norms are on the kernel's stack; so many squares are an int32."""
LEAST_NORM = 1e-12
"""Of floats: what is shorter is nothing."""


def node(x: Tensor, name: str) -> tuple[Node, Tensor]:
    """The mean direction of these rows, and its tensor."""
    return Node("centroid", name, (x.name,), (name,)), Tensor(name, Type(x.type.shape[1:], "int8", OUTPUT))


class Centroid(Op):
    name = "centroid"
    signatures = (unary(INT8, Scaled(("int8",), exactly=OUTPUT)),)

    def check_shapes(self, inst: Instance) -> list[str]:
        shape = inst.x().shape
        return [] if len(shape) == 2 else [f"input has shape {shape}, expected (rows, channels): reshape it"]

    def check(self, inst: Instance) -> list[str]:
        rows, channels = inst.x().shape
        if rows > MOST_ROWS or channels > MOST_CHANNELS:
            expected = f"at most {MOST_ROWS} rows of at most {MOST_CHANNELS}"
            return [f"input has {rows} rows of {channels} values, expected {expected}"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape[1:], inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        v = x.astype(np.int64) - inst.x().zero
        mul, shift = inverse_sqrt((v * v).sum(axis=1, keepdims=True))
        m = requantize(v, mul, shift + UNIT_BITS).astype(np.int64).sum(axis=0)
        most = max(int(np.abs(m).max()), 1)
        return ((np.sign(m) * ((2 * MOST * np.abs(m) + most) // (2 * most))).astype(np.int8),)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        x = arrays[0].astype(np.float64)
        m = (x / np.maximum(np.linalg.norm(x, axis=1, keepdims=True), LEAST_NORM)).sum(axis=0)
        return ((m / max(float(np.abs(m).max()), LEAST_NORM) * MOST / 128).astype(np.float32),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        rows, channels = inst.x().shape
        params = {"rows": rows, "channels": channels, "x_zero": inst.x().zero}
        return (Call("centroid", inst.node.outputs, inst.node.inputs, params),)

    def cases(self) -> Sequence[Case]:
        return [Case("any", draw_centroid, "none")]


def draw_centroid(rng: np.random.Generator) -> Graph:
    """Rows of any number of values."""
    shape = int(rng.integers(1, MOST_ROWS + 1)), int(rng.choice([1, 2, 7, 32, 300]))
    return single("centroid", [draw_type(rng, "x", shape)], [Type(shape[1:], "int8", OUTPUT)], {})


OP = Centroid()
