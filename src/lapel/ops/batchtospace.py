"""Batch to space: the images of the batch become the places within blocks of larger ones, which are then cropped.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [bh·bw·N, H, W, C] or [b·N, H, C] | any |
| y | as x | [N, H·bh - before - after, W·bw - …, C] | any; the stored values do not change |

Attributes: block, before, after (one or two ints each: rows, columns). Source: TFLite operator BATCH_TO_SPACE_ND;
docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np

from lapel.families.blocks import ATTRIBUTES, as_image, block_problems, both, draw_around, read_blocks, write_blocks
from lapel.families.draw import draw_shape
from lapel.families.strides import PICK_LIMIT, MovingOp, draw_plain, pick
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteOperator, Type
from lapel.ir.op import single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("batchtospace", op.inputs[:1], read_blocks(op))


class BatchToSpace(MovingOp):
    name = "batchtospace"
    tflite = (TfliteForm("BATCH_TO_SPACE_ND", "BatchToSpaceNDOptions", range(1, 5), read_tflite, write_blocks),)

    attributes = ATTRIBUTES

    def check(self, inst: Instance) -> list[str]:
        if inst.x().size // inst.x().shape[-1] <= PICK_LIMIT:
            return []
        return [f"input has shape {inst.x().shape}, expected at most {PICK_LIMIT} pixels: make it smaller"]

    def check_shapes(self, inst: Instance) -> list[str]:
        problems = block_problems(inst)
        if not problems and inst.x().shape[0] % int(np.prod(inst.attrs["block"])):
            found = f"makes blocks {list(inst.attrs['block'])} of {inst.x().shape[0]} images"
            problems.append(f"{found}, expected a multiple of their product: fix the model")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        shape, a = inst.x().shape, inst.attrs
        sides = zip(shape[1:-1], a["block"], a["before"], a["after"], strict=True)
        inner = tuple(d * b - p - q for d, b, p, q in sides)
        return (((shape[0] // int(np.prod(a["block"])), *inner, shape[-1]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,), (n, h, w, c) = arrays, as_image(inst.x().shape)
        assert x is not None
        bh, bw = both(inst.attrs, "block")
        (top, left), (bottom, right) = both(inst.attrs, "before"), both(inst.attrs, "after")
        whole = x.reshape(bh, bw, n // (bh * bw), h, w, c).transpose(2, 3, 0, 4, 1, 5).reshape(-1, h * bh, w * bw, c)
        cut = whole[:, top : h * bh - bottom, left : w * bw - right]
        return (np.ascontiguousarray(cut).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        (_, h, w, c), (n, y_height, y_width, _) = as_image(inst.x().shape), as_image(inst.y().shape)
        (bh, bw), (top, left) = both(inst.attrs, "block"), both(inst.attrs, "before")
        row, column = np.arange(y_height) + top, np.arange(y_width) + left
        # Image (row mod bh)·bw + (column mod bw) of n each: what the row adds to it is in rows, the column's in pixels.
        rows = row % bh * bw * n * h + row // bh
        columns = column % bw * n * h * w + column // bw
        t = Type((n, h, w, c), inst.x().dtype)
        return (pick(inst.node.outputs[0], inst.node.inputs[0], t, rows, columns),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def batching(self, inst: Instance) -> Literal["", "split", "join"]:
        return "join"

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_batchtospace, dtype=dtype)) for dtype in ("int8", "float32")]


def draw_batchtospace(rng: np.random.Generator, *, dtype: str) -> Graph:
    """Images of one and of many columns, half of them cropped."""
    axes = int(rng.integers(1, 3))
    attrs = draw_around(rng, axes, most=2 * int(rng.integers(0, 2)))
    n, c = draw_shape(rng, 2, 3)
    size, inner = [], []
    for k, b in enumerate(attrs["block"]):
        crop = attrs["before"][k] + attrs["after"][k]
        d = crop // b + int(rng.integers(1, 4))
        size.append(d)
        inner.append(d * b - crop)
    x = draw_plain(rng, "x", (n * int(np.prod(attrs["block"])), *size, c), dtype)
    return single("batchtospace", [x], [Type((n, *inner, c), dtype, x.type.quant)], attrs)


OP = BatchToSpace()
