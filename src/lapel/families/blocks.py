"""What space-to-batch and batch-to-space share: images of two axes in blocks, with some rows and columns around them.

Attributes: block (one or two ints >= 1: rows, columns), before, after (as many ints >= 0). A tensor of three
dimensions [N, H, C] is an image of one column.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from lapel.ir.attribute import AXES
from lapel.ir.graph import Instance, Tensor, Type
from lapel.ir.op import TfliteNode, TfliteOperator

ATTRIBUTES = {"block": AXES, "before": AXES, "after": AXES}


def read_blocks(op: TfliteOperator) -> dict[str, Any]:
    """The block shape and the paddings or crops, inputs 1 and 2, as attributes."""
    block, pairs = op.const(1).reshape(-1), op.const(2).reshape(-1, 2)
    before, after = (tuple(int(n) for n in column) for column in pairs.T)
    return {"block": tuple(int(n) for n in block), "before": before, "after": after}


def write_blocks(inst: Instance) -> TfliteNode:
    """The inverse of `read_blocks`."""
    block = np.array(inst.attrs["block"], np.int32)
    pairs = np.array([inst.attrs["before"], inst.attrs["after"]], np.int32).T
    names = (("block", block), ("around", pairs))
    consts = [Tensor(f"{inst.node.name}/{name}", Type(c.shape, "int32"), c) for name, c in names]
    return TfliteNode((inst.inputs[0], *consts))


def block_problems(inst: Instance) -> list[str]:
    """Problems of ranks and of the attributes' numbers, whatever they mean together."""
    shape, a = inst.x().shape, inst.attrs
    if len(shape) not in (3, 4) or not len(a["block"]) == len(a["before"]) == len(a["after"]) == len(shape) - 2:
        return [
            f"takes {list(shape)} in blocks {list(a['block'])}, expected [N, H, C] or [N, H, W, C] and one size each"
        ]
    if min(a["block"]) < 1 or min(*a["before"], *a["after"]) < 0:
        found = f"has blocks {list(a['block'])} and {list(a['before'])} before, {list(a['after'])} after"
        return [f"{found}, expected sizes from 1 and counts from 0: fix the model"]
    return []


def as_image(shape: Sequence[int]) -> tuple[int, int, int, int]:
    """[N, H, W, C] of three or four dimensions."""
    n, h, *rest = shape
    w, c = rest if len(rest) == 2 else (1, rest[0])
    return n, h, w, c


def both(attrs: Mapping[str, Any], name: str) -> tuple[int, int]:
    """Rows and columns of an attribute; an image of one column has blocks of one and nothing around them."""
    given = attrs[name]
    return (given[0], given[1]) if len(given) == 2 else (given[0], 1 if name == "block" else 0)


def draw_around(rng: np.random.Generator, axes: int, *, most: int) -> dict[str, Any]:
    """Blocks of up to 3, and counts of up to `most`."""
    before, after = (tuple(int(n) for n in rng.integers(0, most + 1, axes)) for _ in "ba")
    return {"block": tuple(int(n) for n in rng.integers(1, 4, axes)), "before": before, "after": after}
