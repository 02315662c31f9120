"""Mean over windows: y[n][i][j][c] = mean of x[n][i·sh+u-top][j·sw+v-left][c] over the cells (u, v) inside x, clamped.

The integers of x are averaged over the cells that are inside x only, and rounded to the nearest, halves away from 0.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [N, H, W, C] | per tensor |
| y | as x | [N, OH, OW, C] | per tensor, the same as x's (no rescaling is done) |

Attributes: kernel (h, w), stride (h, w), pad (top, bottom, left, right), activation (none relu relu6 relu_n1_to_1).
Source: TFLite 8-bit quantization specification, AVERAGE_POOL_2D; docs/SPEC.md §4.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.bands import window_along, window_band
from lapel.families.overlap import window_distance
from lapel.families.pooling import (
    ATTRIBUTES,
    SIGNATURES,
    check_pool,
    draw_pool,
    infer_pool,
    pool_clamp,
    pool_params,
    pool_window,
    read_pool,
    write_pool,
)
from lapel.families.unlike import carried
from lapel.families.weights import activate
from lapel.families.window import check_window, pad_image, tap
from lapel.ir import Call, Case, Instance, Op, TfliteForm
from lapel.ir.along import Along, Axes
from lapel.ir.bands import Band, Rows
from lapel.ir.op import all_alike

OPERATOR = "AVERAGE_POOL_2D"
MOST_WIDE_CELLS = 1 << 15
"""Of int16: their sum and half of their number have 32 bits."""


class AvgPool(Op):
    name = "avgpool"
    tflite = (TfliteForm(OPERATOR, "Pool2DOptions", range(1, 4), partial(read_pool, "avgpool"), write_pool, 2),)

    attributes = ATTRIBUTES
    signatures = SIGNATURES

    def check_shapes(self, inst: Instance) -> list[str]:
        problems = check_window(inst)
        if not problems and _has_empty_window(inst):
            pad, kernel = inst.attrs["pad"], inst.attrs["kernel"]
            return [f"pad {pad} leaves windows of {kernel} cells wholly outside the input: use less padding"]
        cells = inst.attrs["kernel"][0] * inst.attrs["kernel"][1]
        if not problems and inst.x().dtype == "int16" and cells > MOST_WIDE_CELLS:
            return [f"kernel has {cells} cells, expected at most {MOST_WIDE_CELLS} of int16: the sum could overflow"]
        return problems

    def check(self, inst: Instance) -> list[str]:
        return check_pool(inst)

    def surprises(self, inst: Instance) -> list[str]:
        return carried(inst, "averages stored integers")

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return infer_pool(inst)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x = arrays[0]
        assert x is not None
        acc, count = window_sums(inst, x.astype(np.int64)), window_counts(inst)
        mean = np.sign(acc) * ((np.abs(acc) + count // 2) // count)
        return (np.clip(mean, *pool_clamp(inst)).astype(x.dtype),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (activate(window_sums(inst, x) / window_counts(inst), inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        # Pixel by pixel, and each channel is read before it is written.
        kernel = "avgpool16" if inst.x().dtype == "int16" else "avgpool"
        return (Call(kernel, inst.node.outputs, inst.node.inputs, pool_params(inst), ahead=0),)

    def overlap(self, inst: Instance, ahead: int) -> int | None:
        return window_distance(pool_window(inst), inst.x(), inst.y(), ahead)

    def tied(self, inst: Instance) -> tuple[int, ...]:
        return (0,)

    def band(self, inst: Instance, rows: Rows) -> Band | None:
        return window_band(inst, pool_window(inst), rows)

    def along(self, inst: Instance, axes: Axes, count: int) -> Along | None:
        return window_along(inst, pool_window(inst), axes)

    def cases(self) -> Sequence[Case]:
        return [
            Case("window", partial(draw_pool, name="avgpool")),
            Case("whole", partial(draw_pool, name="avgpool", whole=True)),
            Case("int16", partial(draw_pool, name="avgpool", dtype="int16")),
        ]


def _has_empty_window(inst: Instance) -> bool:
    """Whether the first or last window of an axis, and so any, has no cell inside the image."""
    window, out = pool_window(inst), infer_pool(inst)[0][0][1:3]
    for axis in range(2):
        before = window.pad[2 * axis]
        last = (out[axis] - 1) * window.stride[axis] - before
        if before >= window.kernel[axis] or last >= inst.x().shape[1 + axis]:
            return True
    return False


def window_sums(inst: Instance, x: np.ndarray) -> np.ndarray:
    """The sum of x over each window, zero outside, in the dtype of x."""
    window, out = pool_window(inst), infer_pool(inst)[0][0][1:3]
    padded = pad_image(x, window, 0)
    acc = np.zeros((x.shape[0], *out, x.shape[3]), x.dtype)
    for u in range(window.kernel[0]):
        for v in range(window.kernel[1]):
            acc += tap(padded, window, (out[0], out[1]), u, v)
    return acc


def window_counts(inst: Instance) -> np.ndarray:
    """How many cells of each window are inside the image: [1, out_h, out_w, 1]."""
    return window_sums(inst, np.ones((1, *inst.x().shape[1:3], 1), np.int64))


OP = AvgPool()
