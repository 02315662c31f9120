"""Maximum over windows: y[n][i][j][c] = max of x[n][i·sh+u-top][j·sw+v-left][c] over (u, v), clamped.

Cells outside x do not take part; a window wholly outside gives -128, clamped.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8, int16 | [N, H, W, C] | per tensor |
| y | as x | [N, OH, OW, C] | per tensor, the same as x's (no rescaling is done) |

Attributes: kernel (h, w), stride (h, w), pad (top, bottom, left, right), activation (none relu relu6 relu_n1_to_1).
Source: TFLite 8-bit quantization specification, MAX_POOL_2D; docs/SPEC.md §4.
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


class MaxPool(Op):
    name = "maxpool"
    tflite = (TfliteForm("MAX_POOL_2D", "Pool2DOptions", range(1, 4), partial(read_pool, "maxpool"), write_pool, 2),)

    attributes = ATTRIBUTES
    signatures = SIGNATURES

    def check_shapes(self, inst: Instance) -> list[str]:
        return check_window(inst)

    def check(self, inst: Instance) -> list[str]:
        return check_pool(inst)

    def surprises(self, inst: Instance) -> list[str]:
        return carried(inst, "compares stored integers")

    def alike(self, inst: Instance) -> tuple[tuple[str, ...], ...]:
        return all_alike(inst)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return infer_pool(inst)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (np.clip(_most(inst, x, np.iinfo(x.dtype).min), *pool_clamp(inst)).astype(x.dtype),)

    def real(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        return (activate(_most(inst, x, -np.inf), inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        # Pixel by pixel, and each channel is read before it is written.
        kernel = "maxpool16" if inst.x().dtype == "int16" else "maxpool"
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
            Case("window", partial(draw_pool, name="maxpool")),
            Case("deep", partial(draw_pool, name="maxpool", channels=36)),
            Case("int16", partial(draw_pool, name="maxpool", dtype="int16")),
        ]


def _most(inst: Instance, x: np.ndarray, least: float) -> np.ndarray:
    """The largest cell of each window, `least` where it has none."""
    window = pool_window(inst)
    padded, out = pad_image(x, window, least), window.output(x.shape[1:3])
    best: np.ndarray = np.full(inst.y().shape, least, x.dtype)
    for u in range(window.kernel[0]):
        for v in range(window.kernel[1]):
            np.maximum(best, tap(padded, window, out, u, v), out=best)
    return best


OP = MaxPool()
