"""Depthwise convolution in float32: y[n][i][j][o] = bias[o] + w[0][0][0][o]·x[n][…][o // M] + …, taps in the order
u, v, clamped. Each product and each sum is rounded to float32. Taps outside x contribute nothing.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [N, H, W, C] | none |
| w | float32 constant, finite | [1, KH, KW, O] | none |
| bias | float32 constant, finite; optional | [O] | none |
| y | float32 | [N, OH, OW, O] | none |

Attributes: those of `depthwise`, of which rounding has no meaning. What a float `depthwise` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.convolution import wide_image_params
from lapel.families.float32 import WEIGHTED_F32, Float32, limit_params, limited, starts
from lapel.families.weights import const_weights
from lapel.families.window import make_window, pad_image, tap
from lapel.ir import Call, Instance
from lapel.ops.depthwise import Depthwise


class DepthwiseF32(Float32, Depthwise):
    name = "depthwisef32"
    float32_of = "depthwise"
    signatures = WEIGHTED_F32
    drawn = ("plain", "dilated")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        window, (_, *out, o) = make_window(inst.attrs, w.shape[1:3]), inst.y().shape
        padded = np.repeat(pad_image(x, window, 0), o // x.shape[3], axis=3)
        acc = np.broadcast_to(starts(inst, o), inst.y().shape)
        with np.errstate(all="ignore"):
            for u in range(w.shape[1]):
                for v in range(w.shape[2]):
                    acc = acc + tap(padded, window, (out[0], out[1]), u, v) * w[0, u, v]
        return (limited(acc, inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        w = const_weights(inst)
        multiplier = w.shape[3] // inst.x().shape[3]
        params = {"w": w[0], "bias": starts(inst, w.shape[3]), **wide_image_params(inst), "multiplier": multiplier}
        params |= limit_params(inst.attrs["activation"])
        # Channel by channel: with multiplier 1 one is written where none is read any more.
        ahead = 0 if multiplier == 1 else 1
        return (Call("depthwisef32", inst.node.outputs, inst.node.inputs[:1], params, ahead),)


OP = DepthwiseF32()
