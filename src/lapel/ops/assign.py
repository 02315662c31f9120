"""Assign: copies the value that a state has at the next call to the state's place.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | any | any |
| y | as x | as x | as x |

No model format has it as such: the planner ends an inference with one for each state, and leaves out the work where
x is made at the state's place.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.families.strides import MovingOp
from lapel.ir import Call, Case, Graph, Instance, Node
from lapel.ir.op import single


class Assign(MovingOp):
    name = "assign"
    moves = True

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        assert arrays[0] is not None
        return (arrays[0],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        # The two may overlap in any way: as a rule x is a piece of the ring buffer in which the state lies.
        return (Call("slide", inst.node.outputs, inst.node.inputs, {"bytes": inst.x().bytes}),)

    def cases(self) -> Sequence[Case]:
        return [Case("int8", draw_assign)]


def draw_assign(rng: np.random.Generator) -> Graph:
    """One tensor of up to three dimensions."""
    x = draw_type(rng, "x", draw_shape(rng, int(rng.integers(1, 4)), 5))
    return single("assign", [x], [x.type], {})


def node(x: str, y: str) -> Node:
    """The node that puts x, the value of a state at the next call, in the state's place as y."""
    return Node("assign", y, (x,), (y,))


OP = Assign()
