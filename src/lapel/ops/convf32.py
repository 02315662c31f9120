"""2-D convolution in float32: y[n][i][j][o] = bias[o] + w[o][0][0][0]·x[n][…] + …, taps in the order
u, v, c, clamped. Each product and each sum is rounded to float32. Taps outside x contribute nothing.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [N, H, W, C] | none |
| w | float32 constant, finite | [O, KH, KW, C/G] | none |
| bias | float32 constant, finite; optional | [O] | none |
| y | float32 | [N, OH, OW, O] | none |

Attributes: those of `conv`, of which rounding has no meaning. What a float `conv` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.convolution import wide_image_params
from lapel.families.float32 import WEIGHTED_F32, Float32, limit_params, limited, ordered_sums, starts
from lapel.families.weights import const_weights
from lapel.families.window import make_window, pad_image, patches
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.conv import Conv, group_sizes


class ConvF32(Float32, Conv):
    name = "convf32"
    float32_of = "conv"
    signatures = WEIGHTED_F32
    drawn = ("plain", "grouped", "covering")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        window, (n, oh, ow, o) = make_window(inst.attrs, w.shape[1:3]), inst.y().shape
        padded, (groups, cg, og) = pad_image(x, window, 0), group_sizes(inst)
        start, y = starts(inst, o), np.empty((n, oh, ow, o), np.float32)
        for i in range(oh):  # row by row, since patches are many times as large as x
            taps = patches(padded, window, (i, i + 1), ow)
            for g in range(groups):
                rows = taps[..., g * cg : (g + 1) * cg].reshape(n * ow, -1)
                channels = slice(g * og, (g + 1) * og)
                y[:, i, :, channels] = ordered_sums(start[channels], rows, w[channels].reshape(og, -1)).reshape(
                    n, ow, og
                )
        return (limited(y, inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        groups, cg, og = group_sizes(inst)
        image = wide_image_params(inst, mixed=groups == 1)
        params: dict[str, Param] = {"w": const_weights(inst), "bias": starts(inst, inst.x(1).shape[0]), **image}
        params |= {"groups": groups, "group_in": image["in_c"] if groups == 1 else cg, "group_out": og}
        params |= limit_params(inst.attrs["activation"])
        return (Call("convf32", inst.node.outputs, inst.node.inputs[:1], params, ahead=1),)


OP = ConvF32()
