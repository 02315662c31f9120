"""Space to batch: pads, and makes of each place within a block an image of its own, one batch after the other.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | any | [N, H, W, C] or [N, H, C] | any |
| y | as x | [N·bh·bw, (before + H + after) / bh, (…) / bw, C] | any; the stored values do not change |

Attributes: block, before, after (one or two ints each: rows, columns). What is padded is the zero point of y, 0 if it
is not int8; TFLite Micro pads with what is in its memory. Source: LiteRT SPACE_TO_BATCH_ND; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Literal

import numpy as np

from lapel.families.blocks import ATTRIBUTES, as_image, block_problems, both, draw_around, read_blocks, write_blocks
from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, draw_plain, item_bytes
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, TfliteForm, TfliteOperator, Type
from lapel.ir.op import single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("spacetobatch", op.inputs[:1], read_blocks(op))


class SpaceToBatch(MovingOp):
    name = "spacetobatch"
    tflite = (TfliteForm("SPACE_TO_BATCH_ND", "SpaceToBatchNDOptions", range(1, 5), read_tflite, write_blocks),)

    attributes = ATTRIBUTES

    def check_shapes(self, inst: Instance) -> list[str]:
        problems = block_problems(inst)
        if not problems and any(total % b for total, b in zip(_padded(inst), inst.attrs["block"], strict=True)):
            found = f"cuts {list(_padded(inst))} padded rows and columns into blocks {list(inst.attrs['block'])}"
            problems.append(f"{found}, expected multiples of them: fix the model")
        return problems

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        shape, block = inst.x().shape, inst.attrs["block"]
        inner = tuple(total // b for total, b in zip(_padded(inst), block, strict=True))
        return (((shape[0] * int(np.prod(block)), *inner, shape[-1]), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.padded(inst, arrays[0], pad_value(inst.y()))

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return self.padded(inst, arrays[0], 0)

    def padded(self, inst: Instance, x: np.ndarray | None, value: int) -> tuple[np.ndarray]:
        """x with `value` around it, in blocks."""
        n, h, w, c = as_image(inst.x().shape)
        assert x is not None
        bh, bw = both(inst.attrs, "block")
        pairs = list(zip(both(inst.attrs, "before"), both(inst.attrs, "after"), strict=True))
        padded = np.pad(x.reshape(n, h, w, c), [(0, 0), *pairs, (0, 0)], constant_values=value)
        n, h, w, c = padded.shape
        parts = padded.reshape(n, h // bh, bh, w // bw, bw, c).transpose(2, 4, 0, 1, 3, 5)
        return (np.ascontiguousarray(parts).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        (n, h, w, c), (_, y_height, y_width, _) = as_image(inst.x().shape), as_image(inst.y().shape)
        (rows, columns), (top, left) = both(inst.attrs, "block"), both(inst.attrs, "before")
        params = {
            "batches": n,
            "height": h,
            "width": w,
            "y_height": y_height,
            "y_width": y_width,
            "rows": rows,
            "columns": columns,
            "top": top,
            "left": left,
            "run": c * item_bytes(inst.x().dtype),
            "value": pad_value(inst.y()) & 255,
        }
        return (Call("spacetobatch", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def batching(self, inst: Instance) -> Literal["", "split", "join"]:
        return "split"

    def cases(self) -> Sequence[Case]:
        plain = [Case(dtype, partial(draw_spacetobatch, dtype=dtype, padded=False)) for dtype in ("int8", "float32")]
        return [*plain, Case("padded", partial(draw_spacetobatch, dtype="int8", padded=True), "litert")]


def _padded(inst: Instance) -> tuple[int, ...]:
    a = inst.attrs
    return tuple(b + d + e for b, d, e in zip(a["before"], inst.x().shape[1:-1], a["after"], strict=True))


def pad_value(y: Type) -> int:
    """What is padded: a byte that every byte of an element is."""
    return y.zero if y.dtype == "int8" and y.quant is not None else 0


def draw_spacetobatch(rng: np.random.Generator, *, dtype: str, padded: bool) -> Graph:
    """Images of one and of many columns."""
    axes = int(rng.integers(1, 3))
    attrs = draw_around(rng, axes, most=2 if padded else 0)
    n, c = draw_shape(rng, 2, 3)
    inner = tuple(int(i) for i in rng.integers(1, 4, axes))
    size = []
    for k, (b, i) in enumerate(zip(attrs["block"], inner, strict=True)):
        d = b * i - attrs["before"][k] - attrs["after"][k]
        while d < 1:
            d += b
        size.append(d)
    x = draw_plain(rng, "x", (n, *size, c), dtype)
    sides = zip(attrs["before"], size, attrs["after"], attrs["block"], strict=True)
    shape = (n * int(np.prod(attrs["block"])), *((p + d + q) // b for p, d, q, b in sides), c)
    return single("spacetobatch", [x], [Type(shape, dtype, x.type.quant)], attrs)


OP = SpaceToBatch()
