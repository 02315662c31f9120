"""Piece: some consecutive elements of x, under another shape.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | any | any |
| y | as x | `shape` | any; the stored values do not change |

Attributes: first (number of x's first element in y, in row-major order), shape (tuple).
No model format has it as such: the planner makes one of what operators cut out of a ring buffer, so that it is no copy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.families.strides import MovingOp, item_bytes, move
from lapel.ir import Call, Case, Graph, Instance, Node, Type
from lapel.ir.attribute import AXES, Attribute
from lapel.ir.op import single


class Piece(MovingOp):
    name = "piece"

    attributes = {"first": Attribute("int"), "shape": AXES}

    def check_shapes(self, inst: Instance) -> list[str]:
        size, first = Type(inst.attrs["shape"], inst.x().dtype).size, inst.attrs["first"]
        if not 0 <= first <= inst.x().size - size:
            return [f"takes elements {first}..{first + size - 1}, expected some of 0..{inst.x().size - 1}"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.attrs["shape"], inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        first, shape = inst.attrs["first"], inst.attrs["shape"]
        return (x.reshape(-1)[first : first + inst.y().size].reshape(shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        y, (x, *_) = inst.node.outputs[0], inst.node.inputs
        return (move(y, x, inst.x().dtype, [(inst.y().size, 1, 1)], inst.attrs["first"]),)

    def alias(self, inst: Instance) -> bool:
        return True

    def offset(self, inst: Instance) -> int:
        return int(inst.attrs["first"]) * item_bytes(inst.x().dtype)

    def cases(self) -> Sequence[Case]:
        return [Case("int8", draw_piece)]


def draw_piece(rng: np.random.Generator) -> Graph:
    """Up to three dimensions, of which one dimension is left."""
    x = draw_type(rng, "x", draw_shape(rng, int(rng.integers(1, 4)), 5))
    first = int(rng.integers(0, x.type.size))
    shape = (int(rng.integers(1, x.type.size - first + 1)),)
    return single("piece", [x], [Type(shape, x.type.dtype, x.type.quant)], {"first": first, "shape": shape})


def node(name: str, x: str, y: str, first: int, shape: tuple[int, ...]) -> Node:
    """The node that takes the elements of x from `first` on, as many as this shape has."""
    return Node("piece", name, (x,), (y,), {"first": first, "shape": shape})


OP = Piece()
