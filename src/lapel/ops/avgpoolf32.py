"""Mean over windows in float32, clamped: (0 + x + …) / cells over the cells inside x, in the order u, v.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [N, H, W, C] | none |
| y | float32 | [N, OH, OW, C] | none |

Attributes: those of `avgpool`. What a float `avgpool` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import Float32, limit_params, limited
from lapel.families.pooling import pool_sizes
from lapel.ir import Call, Instance
from lapel.ops.avgpool import AvgPool, window_counts, window_sums


class AvgPoolF32(Float32, AvgPool):
    name = "avgpoolf32"
    float32_of = "avgpool"
    drawn = ("window",)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        with np.errstate(all="ignore"):
            mean = window_sums(inst, x) / window_counts(inst).astype(np.float32)
        return (limited(mean, inst.attrs["activation"]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        # Pixel by pixel, and each channel is read before it is written.
        params = {**pool_sizes(inst), **limit_params(inst.attrs["activation"])}
        return (Call("avgpoolf32", inst.node.outputs, inst.node.inputs, params, ahead=0),)


OP = AvgPoolF32()
