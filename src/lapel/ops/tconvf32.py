"""Transposed convolution in float32: y[n][i][j][o] = bias[o] + w[o][u][v][c]·x[n][r][s][c] + …, clamped.

Taps in the order u, v, c; each product and each sum is rounded to float32.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [N, H, W, C] | none |
| w | float32 constant, finite | [O, KH, KW, C] | none |
| bias | float32 constant, finite; optional | [O] | none |
| y | float32 | [N, size[0], size[1], O] | none |

Attributes: those of `tconv`, of which rounding has no meaning. What a float `tconv` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import WEIGHTED_F32, Float32, limit_params, limited, starts
from lapel.families.weights import const_weights
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.tconv import TConv, kernel_sizes


class TConvF32(Float32, TConv):
    name = "tconvf32"
    float32_of = "tconv"
    signatures = WEIGHTED_F32
    drawn = ("plain",)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        (n, h, wd, depth), (o, kh, kw, _), (sh, sw) = x.shape, w.shape, inst.attrs["stride"]
        (top, _, left, _), (height, width) = inst.attrs["pad"], inst.attrs["size"]
        rows, columns = (h - 1) * sh + kh + height + top, (wd - 1) * sw + kw + width + left
        canvas = np.tile(starts(inst, o), (n, rows, columns, 1))
        with np.errstate(all="ignore"):
            for u in range(kh):
                for v in range(kw):
                    part = canvas[:, u : u + (h - 1) * sh + 1 : sh, v : v + (wd - 1) * sw + 1 : sw]
                    for c in range(depth):
                        part += x[..., c : c + 1] * w[:, u, v, c]
        return (limited(canvas[:, top : top + height, left : left + width], inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        params: dict[str, Param] = {"w": const_weights(inst), "bias": starts(inst, inst.x(1).shape[0])}
        params |= {**kernel_sizes(inst), **limit_params(inst.attrs["activation"])}
        return (Call("tconvf32", inst.node.outputs, inst.node.inputs[:1], params),)


OP = TConvF32()
