"""Slide: copies a tensor to another place of the arena.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | any | any |
| y | as x | as x | as x |

No model format has it: the planner inserts it where an input must give way to an output that will overlap it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.families.strides import MovingOp
from lapel.ir import Call, Case, Graph, Instance, Node
from lapel.ir.op import single


class Slide(MovingOp):
    name = "slide"
    moves = True

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        assert arrays[0] is not None
        return (arrays[0],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        return (Call("slide", inst.node.outputs, inst.node.inputs, {"bytes": inst.x().bytes}, ahead=0),)

    def overlap(self, inst: Instance, ahead: int) -> int | None:
        # y may even start where x ends: every distance will do.
        return -inst.x().bytes

    def cases(self) -> Sequence[Case]:
        return [Case("int8", draw_slide)]


def draw_slide(rng: np.random.Generator, name: str = "slide") -> Graph:
    """One tensor of up to three dimensions."""
    x = draw_type(rng, "x", draw_shape(rng, int(rng.integers(1, 4)), 5))
    return single(name, [x], [x.type], {})


def node(x: str, y: str) -> Node:
    """The node that copies x to y."""
    return Node("slide", y, (x,), (y,))


OP = Slide()
