"""Softmax over the last axis in float32: e[c] = exp((x[c] - m) · beta), m the greatest; y[c] = e[c] / (0 + e[0] + …).

The exponential is the same on every core (`expf32`), classes are summed in their order.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [..., C] | none |
| y | float32 | that of x | none |

Attributes: beta (float > 0). What a float `softmax` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families import floatmath
from lapel.families.float32 import Float32
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.softmax import Softmax


class SoftmaxF32(Float32, Softmax):
    name = "softmaxf32"
    float32_of = "softmax"
    drawn = ("few",)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        with np.errstate(all="ignore"):
            e = floatmath.exp((x - x.max(axis=-1, keepdims=True)) * np.float32(inst.attrs["beta"]))
            return (e / np.add.accumulate(e, axis=-1)[..., -1:],)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params: dict[str, Param] = {"rows": x.size // x.shape[-1], "classes": x.shape[-1], "beta": inst.attrs["beta"]}
        return (Call("softmaxf32", inst.node.outputs, inst.node.inputs, params),)


OP = SoftmaxF32()
