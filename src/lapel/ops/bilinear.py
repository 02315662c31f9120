"""Bilinear: resize height and width, each output between four input pixels, in integers.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | [N, H, W, C] | per tensor |
| y | int8 | [N, size[0], size[1], C] | any; stored values are interpolated |

Attributes: size (tuple of two), align_corners, half_pixel (bools, not both).
Positions have 10 fractional bits and are linear in the output index; see `positions`.
Source: TFLite operator RESIZE_BILINEAR; docs/SPEC.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape, draw_type
from lapel.families.unlike import carried
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Op, TfliteForm, Type
from lapel.ir.attribute import FLAG, PAIR
from lapel.ir.fixed import rounding_shift
from lapel.ir.op import all_alike, single
from lapel.ir.signature import INT8, unary
from lapel.ops.nearest import check_resize, read_tflite, write_tflite

ONE = 1 << 10


def step_and_offset(x_size: int, y_size: int, align_corners: bool, half_pixel: bool) -> tuple[int, int]:
    """Output row i is at input row (i * step + offset) / 1024."""
    aligned = align_corners and y_size > 1
    step = (ONE * (x_size - aligned) + (y_size - aligned) // 2) // (y_size - aligned)
    return step, step // 2 - ONE // 2 if half_pixel else 0


def positions(x_size: int, y_size: int, align_corners: bool, half_pixel: bool) -> np.ndarray:
    """int64 [y_size]: positions in 1/1024 of an input row, clamped to the first and the last."""
    step, offset = step_and_offset(x_size, y_size, align_corners, half_pixel)
    return np.clip(np.arange(y_size, dtype=np.int64) * step + offset, 0, ONE * (x_size - 1))


def real_positions(x_size: int, y_size: int, align_corners: bool, half_pixel: bool) -> np.ndarray:
    """float64 [y_size]: positions in input rows, clamped to the first and the last."""
    aligned = align_corners and y_size > 1
    at = np.arange(y_size) + (0.5 if half_pixel else 0.0)
    at = at * ((x_size - aligned) / (y_size - aligned)) - (0.5 if half_pixel else 0.0)
    return np.clip(at, 0, x_size - 1)


class Bilinear(Op):
    name = "bilinear"
    tflite = (
        TfliteForm(
            "RESIZE_BILINEAR",
            "ResizeBilinearOptions",
            range(1, 5),
            lambda op: NodeSpec("bilinear", op.inputs[:1], read_tflite(op).attrs),
            write_tflite,
        ),
    )

    attributes = {"size": PAIR, "align_corners": FLAG, "half_pixel": FLAG}
    signatures = (unary(INT8),)

    def check_shapes(self, inst: Instance) -> list[str]:
        problems = check_resize(inst)
        if inst.attrs["align_corners"] and inst.attrs["half_pixel"]:
            problems.append("has both align_corners and half_pixel_centers, expected at most one: fix the model")
        return problems

    def check(self, inst: Instance) -> list[str]:
        problems, flags = [], (inst.attrs["align_corners"], inst.attrs["half_pixel"])
        for x_size, y_size in zip(inst.x().shape[1:3], inst.attrs["size"], strict=False):
            step, offset = step_and_offset(x_size, y_size, *flags)
            if step * (y_size - 1) + offset >= ONE * x_size:
                # There TFLite Micro reads past the end of its input.
                problems.append(f"resizes {x_size} to {y_size}, too much for 10-bit steps: resize in two steps")
        return problems

    def surprises(self, inst: Instance) -> list[str]:
        return carried(inst, "interpolates stored integers")

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        n, _, _, c = inst.x().shape
        return (((n, *inst.attrs["size"], c), inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        flags = inst.attrs["align_corners"], inst.attrs["half_pixel"]
        acc = x.astype(np.int64)
        for axis in (1, 2):
            at = positions(x.shape[axis], inst.attrs["size"][axis - 1], *flags)
            weight = (at % ONE).reshape(-1, *[1] * (3 - axis))
            low = acc.take(at // ONE, axis)
            high = acc.take(-(-at // ONE), axis)
            acc = low * (ONE - weight) + high * weight
        return (rounding_shift(acc, 20).astype(np.int8),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        for axis, size in zip((1, 2), inst.attrs["size"], strict=True):
            at = real_positions(x.shape[axis], size, inst.attrs["align_corners"], inst.attrs["half_pixel"])
            low = np.floor(at).astype(np.intp)
            weight = (at - low).reshape(-1, *[1] * (3 - axis))
            high = np.minimum(low + 1, x.shape[axis] - 1)
            x = x.take(low, axis) * (1 - weight) + x.take(high, axis) * weight
        return (x,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        n, h, w, c = inst.x().shape
        out_h, out_w = inst.attrs["size"]
        flags = inst.attrs["align_corners"], inst.attrs["half_pixel"]
        step_y, offset_y = step_and_offset(h, out_h, *flags)
        step_x, offset_x = step_and_offset(w, out_w, *flags)
        params = {
            "step_y": step_y,
            "step_x": step_x,
            "offset_y": offset_y,
            "offset_x": offset_x,
            "batches": n,
            "x_height": h,
            "x_width": w,
            "y_height": out_h,
            "y_width": out_w,
            "channels": c,
        }
        return (Call("bilinear", inst.node.outputs, inst.node.inputs, params),)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def cases(self) -> Sequence[Case]:
        return [
            Case("plain", partial(draw_bilinear, align_corners=False, half_pixel=False)),
            Case("align_corners", partial(draw_bilinear, align_corners=True, half_pixel=False)),
            Case("half_pixel", partial(draw_bilinear, align_corners=False, half_pixel=True)),
        ]


def draw_bilinear(rng: np.random.Generator, *, align_corners: bool, half_pixel: bool) -> Graph:
    """Up and down by any factors, sizes of 1."""
    n, h, w, c = (*draw_shape(rng, 1, 2), *draw_shape(rng, 2, 8), *draw_shape(rng, 1, 5))
    size = draw_shape(rng, 2, 17)
    x = draw_type(rng, "x", (n, h, w, c))
    y = Type((n, *size, c), "int8", x.type.quant)
    attrs = {"size": size, "align_corners": align_corners, "half_pixel": half_pixel}
    return single("bilinear", [x], [y], attrs)


OP = Bilinear()
