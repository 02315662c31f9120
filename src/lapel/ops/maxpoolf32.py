"""Maximum over windows in float32, clamped: of the cells inside x; a NaN is passed over, and what has no cell is -inf.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [N, H, W, C] | none |
| y | float32 | [N, OH, OW, C] | none |

Attributes: those of `maxpool`. What a float `maxpool` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import Float32, limit_params, limited
from lapel.families.pooling import pool_sizes, pool_window
from lapel.families.window import pad_image, tap
from lapel.ir import Call, Instance
from lapel.ops.maxpool import MaxPool


class MaxPoolF32(Float32, MaxPool):
    name = "maxpoolf32"
    float32_of = "maxpool"
    drawn = ("window",)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        window, least = pool_window(inst), np.float32(-np.inf)
        padded, out = pad_image(x, window, -np.inf), window.output(x.shape[1:3])
        best: np.ndarray = np.full(inst.y().shape, least)
        for u in range(window.kernel[0]):
            for v in range(window.kernel[1]):
                cells = tap(padded, window, out, u, v)
                best = np.where(cells > best, cells, best)
        return (limited(best, inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        # Pixel by pixel, and each channel is read before it is written.
        params = {**pool_sizes(inst), **limit_params(inst.attrs["activation"])}
        return (Call("maxpoolf32", inst.node.outputs, inst.node.inputs, params, ahead=0),)


OP = MaxPoolF32()
