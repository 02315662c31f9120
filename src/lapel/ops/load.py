"""Load: copies a constant from flash into the arena.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any, constant | any | any |
| y | as x | as x | as x |

No model format has it: the planner inserts it where a kernel needs a constant operand in RAM (on cores whose
flash is another address space) and where a model's output is a constant.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_const, draw_shape, draw_type
from lapel.families.strides import MovingOp
from lapel.ir import Call, Case, Graph, Instance, Node
from lapel.ir.op import single


class Load(MovingOp):
    name = "load"

    def check(self, inst: Instance) -> list[str]:
        return [] if inst.const(0) is not None else ["input is not a constant: load copies constants only"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.x().shape, inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        assert arrays[0] is not None
        return (arrays[0],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        data = inst.const(0)
        assert data is not None
        raw = np.frombuffer(data.tobytes(), np.uint8)
        return (Call("copyrom", inst.node.outputs, (), {"data": raw, "bytes": len(raw)}),)

    def cases(self) -> Sequence[Case]:
        return [Case("int8", draw_load)]


def draw_load(rng: np.random.Generator) -> Graph:
    """One constant of up to three dimensions."""
    x = draw_const(rng, draw_type(rng, "x", draw_shape(rng, int(rng.integers(1, 4)), 5)))
    return single("load", [x], [x.type], {})


def node(x: str, y: str) -> Node:
    """The node that loads the constant x."""
    return Node("load", f"{y}/load", (x,), (y,))


OP = Load()
