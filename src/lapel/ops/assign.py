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
from functools import partial

from lapel.ir import Call, Case, Instance, Node
from lapel.ops.slide import Slide, draw_slide


class Assign(Slide):
    name = "assign"

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        # The two may overlap in any way: as a rule x is a piece of the ring buffer in which the state lies. Nothing is
        # promised of an order, though, since where y lies is not the planner's to choose.
        return (Call("slide", inst.node.outputs, inst.node.inputs, {"bytes": inst.x().bytes}),)

    def overlap(self, inst: Instance, ahead: int) -> int | None:
        return None

    def cases(self) -> Sequence[Case]:
        return [Case("int8", partial(draw_slide, name="assign"))]


def node(x: str, y: str) -> Node:
    """The node that puts x, the value of a state at the next call, in the state's place as y."""
    return Node("assign", y, (x,), (y,))


OP = Assign()
