"""Space to depth: each block of block·block pixels becomes the channels of one pixel, row by row.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [N, H, W, C], H and W multiples of block | any |
| y | as x | [N, H / block, W / block, block·block·C] | any; the stored values do not change |

Attributes: block (int >= 1). Source: TFLite operator SPACE_TO_DEPTH; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import Loop, MovingOp, draw_plain, move
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import Attribute
from lapel.ir.op import single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("spacetodepth", op.inputs[:1], {"block": int(op.option("BlockSize"))})


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs, {"BlockSize": inst.attrs["block"]})


class SpaceToDepth(MovingOp):
    name = "spacetodepth"
    tflite = (TfliteForm("SPACE_TO_DEPTH", "SpaceToDepthOptions", range(1, 3), read_tflite, write_tflite),)

    attributes = {"block": Attribute("int")}

    def check_shapes(self, inst: Instance) -> list[str]:
        shape, block = inst.x().shape, inst.attrs["block"]
        if len(shape) != 4 or block < 1 or shape[1] % block or shape[2] % block:
            return [f"takes {list(shape)} in blocks of {block}, expected [N, H, W, C] with H and W multiples of it"]
        return []

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        (n, h, w, c), b = inst.x().shape, inst.attrs["block"]
        return (((n, h // b, w // b, b * b * c), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,), (n, h, w, c), b = arrays, inst.x().shape, inst.attrs["block"]
        assert x is not None
        blocks = x.reshape(n, h // b, b, w // b, b, c).transpose(0, 1, 3, 2, 4, 5)
        return (np.ascontiguousarray(blocks).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        loops = [(n, image, blocks) for n, blocks, image in block_loops(x.shape, inst.attrs["block"])]
        return (move(inst.node.outputs[0], inst.node.inputs[0], x.dtype, loops),)

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_blocks, dtype=dtype)) for dtype in ("int8", "float32")]


def block_loops(image: tuple[int, ...], block: int) -> list[Loop]:
    """(count, stride in the tensor of blocks, stride in the image): image rows, blocks, rows and pixels of a block."""
    n, h, w, c = image
    return [
        (n * h // block, w * block * c, w * block * c),
        (w // block, block * block * c, block * c),
        (block, block * c, w * c),
        (block * c, 1, 1),
    ]


def draw_blocks(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Blocks of 1 to 3, in some images of a few."""
    (n, h, w, c), b = draw_shape(rng, 4, 3), int(rng.integers(1, 4))
    x = draw_plain(rng, "x", (n, h * b, w * b, c), dtype)
    return single("spacetodepth", [x], [Type((n, h, w, b * b * c), dtype, x.type.quant)], {"block": b})


OP = SpaceToDepth()
