"""Bilinear in float32: resize height and width, between rows first and then between columns.

v = low · (1 - weight) + high · weight, each operation rounded; weights are the float32 nearest to the real positions.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [N, H, W, C] | none |
| y | float32 | [N, size[0], size[1], C] | none |

Attributes: those of `bilinear`. What a float `bilinear` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import Float32
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.bilinear import Bilinear, real_positions


class BilinearF32(Float32, Bilinear):
    name = "bilinearf32"
    float32_of = "bilinear"
    drawn = ("plain", "half_pixel")

    def check(self, inst: Instance) -> list[str]:
        return []

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (y,) = arrays
        assert y is not None
        with np.errstate(all="ignore"):
            for axis in (1, 2):
                low, weights = places(inst, axis)
                weight = weights.reshape(-1, *[1] * (3 - axis))
                high = np.minimum(low + 1, inst.x().shape[axis] - 1)
                y = y.take(low, axis) * (np.float32(1) - weight) + y.take(high, axis) * weight
        return (y,)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        (n, h, w, c), (rows, row_weights), (columns, column_weights) = inst.x().shape, places(inst, 1), places(inst, 2)
        params: dict[str, Param] = {"rows": rows, "columns": columns}
        params |= {"row_weights": row_weights, "column_weights": column_weights, "batches": n, "channels": c}
        params |= {"x_height": h, "x_width": w, "y_height": len(rows), "y_width": len(columns)}
        return (Call("bilinearf32", inst.node.outputs, inst.node.inputs, params),)


def places(inst: Instance, axis: int) -> tuple[np.ndarray, np.ndarray]:
    """Of each output row (axis 1) or column (2) the one of x before it, int64, and the weight of the next, float32."""
    size, flags = inst.attrs["size"][axis - 1], (inst.attrs["align_corners"], inst.attrs["half_pixel"])
    at = real_positions(inst.x().shape[axis], size, *flags)
    low = np.floor(at).astype(np.int64)
    return low, (at - low).astype(np.float32)


OP = BilinearF32()
