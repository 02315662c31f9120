"""Rows: a horizontal band of an image, rows first..end-1 of x.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [1, H, W, C] | any |
| y | as x | [1, end - first, W, C] | as x |

Attributes: first, end (rows of x), stream (whether x is an input that is read from the caller band by band, kernel
`fetch`; else the band is a piece of the image's bytes). No model format has it: the planner inserts it where it
computes in bands.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_type
from lapel.families.strides import MovingOp
from lapel.ir import Call, Case, Graph, Instance, Node, Type, bands
from lapel.ir.attribute import FLAG, Attribute
from lapel.ir.op import single


class Rows(MovingOp):
    name = "rows"

    attributes = {"first": Attribute("int"), "end": Attribute("int"), "stream": FLAG}

    def check_shapes(self, inst: Instance) -> list[str]:
        shape, first, end = inst.x().shape, inst.attrs["first"], inst.attrs["end"]
        if len(shape) != 4 or shape[0] != 1:
            return [f"input has shape {shape}, expected one image [1, H, W, C]"]
        if not 0 <= first < end <= shape[1]:
            return [f"takes rows {first}..{end - 1}, expected some of 0..{shape[1] - 1}"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        _, _, w, c = inst.x().shape
        return (((1, inst.attrs["end"] - inst.attrs["first"], w, c), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        assert arrays[0] is not None
        return (arrays[0][:, inst.attrs["first"] : inst.attrs["end"]],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params = {"first": self.offset(inst), "bytes": inst.y().bytes}
        return (Call("fetch", inst.node.outputs, inst.node.inputs, params),)

    def alias(self, inst: Instance) -> bool:
        return True

    def offset(self, inst: Instance) -> int:
        x, first = inst.x(), int(inst.attrs["first"])
        return first * (x.bytes // x.shape[1])

    def streams(self, inst: Instance) -> bands.Rows | None:
        return (inst.attrs["first"], inst.attrs["end"]) if inst.attrs["stream"] else None

    def cases(self) -> Sequence[Case]:
        return [Case("int8", draw_rows)]


def draw_rows(rng: np.random.Generator) -> Graph:
    """A band of a random image."""
    _, h, w, c = shape = (1, *(int(d) for d in rng.integers(1, 7, 3)))
    first = int(rng.integers(0, h))
    end = int(rng.integers(first + 1, h + 1))
    x = draw_type(rng, "x", shape)
    y = Type((1, end - first, w, c), "int8", x.type.quant)
    return single("rows", [x], [y], {"first": first, "end": end, "stream": False})


def node(x: str, y: str, rows: bands.Rows, *, stream: bool) -> Node:
    """The node that takes rows of x."""
    return Node("rows", y, (x,), (y,), {"first": rows[0], "end": rows[1], "stream": stream})


OP = Rows()
