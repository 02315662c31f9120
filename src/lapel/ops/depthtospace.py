"""Depth to space: the channels of each pixel become a block of block·block pixels, row by row.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [N, H, W, block·block·C] | any |
| y | as x | [N, H·block, W·block, C] | any; the stored values do not change |

Attributes: block (int >= 1). Source: TFLite operator DEPTH_TO_SPACE; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, draw_plain, move
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteOperator, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single
from lapel.ops.spacetodepth import block_loops, write_tflite


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("depthtospace", op.inputs[:1], {"block": int(op.option("BlockSize"))})


class DepthToSpace(MovingOp):
    name = "depthtospace"
    tflite = (TfliteForm("DEPTH_TO_SPACE", "DepthToSpaceOptions", range(1, 3), read_tflite, write_tflite),)

    attributes = {"block": Attribute("int")}

    def check_shapes(self, inst: Instance) -> list[str]:
        shape, block = inst.x().shape, inst.attrs["block"]
        if len(shape) != 4 or block < 1 or shape[3] % (block * block):
            return [f"takes {list(shape)} to blocks of {block}, expected [N, H, W, C] with C a multiple of its square"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        (n, h, w, c), b = inst.x().shape, inst.attrs["block"]
        return (((n, h * b, w * b, c // (b * b)), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,), (n, h, w, c), b = arrays, inst.x().shape, inst.attrs["block"]
        assert x is not None
        pixels = x.reshape(n, h, w, b, b, c // (b * b)).transpose(0, 1, 3, 2, 4, 5)
        return (np.ascontiguousarray(pixels).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        loops = block_loops(inst.y().shape, inst.attrs["block"])
        return (move(inst.node.outputs[0], inst.node.inputs[0], inst.x().dtype, loops),)

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_pixels, dtype=dtype)) for dtype in ("int8", "float32")]


def draw_pixels(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Blocks of 1 to 3."""
    (n, h, w, c), b = draw_shape(rng, 4, 3), int(rng.integers(1, 4))
    x = draw_plain(rng, "x", (n, h, w, b * b * c), dtype)
    return single("depthtospace", [x], [Type((n, h * b, w * b, c), dtype, x.type.quant)], {"block": b})


OP = DepthToSpace()
