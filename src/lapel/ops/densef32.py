"""Fully connected layer in float32: y[n][o] = bias[o] + w[o][0]·x[n][0] + w[o][1]·x[n][1] + …, clamped.

Products are added in this order, each product and each sum rounded to float32.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [..., K], flattened to [N, K] | none |
| w | float32, a finite constant or computed | [O, K] | none |
| bias | float32 constant, finite; optional | [O] | none |
| y | float32 | [N, O], or x's leading axes and O if `keep_dims` | none |

Attributes: those of `dense`, of which rounding has no meaning. What a float `dense` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import FREE_F32, Float32, limit_params, limited, ordered_sums, product_call, starts
from lapel.families.product import Matrix
from lapel.families.weights import const_weights
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.dense import Dense, is_free


class DenseF32(Float32, Dense):
    name = "densef32"
    float32_of = "dense"
    signatures = FREE_F32
    drawn = ("per_tensor", "keep_dims", "computed")

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        x, w = arrays[0], arrays[1]
        assert x is not None and w is not None
        sums = ordered_sums(starts(inst, len(w)), x.reshape(-1, w.shape[1]), w)
        return (limited(sums, inst.attrs["activation"]).reshape(inst.y().shape),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        o, k = inst.x(1).shape
        if is_free(inst):
            rows = inst.x().size // k
            x, w = Matrix((), rows * k, k, 1), Matrix((), o * k, k, 1)
            return (product_call(inst, x, w, rows, o, k, inst.attrs["activation"]),)
        params: dict[str, Param] = {"w": const_weights(inst), "bias": starts(inst, o), "inputs": k, "outputs": o}
        params |= {"batches": inst.x().size // k, **limit_params(inst.attrs["activation"])}
        return (Call("densef32", inst.node.outputs, inst.node.inputs[:1], params),)


OP = DenseF32()
