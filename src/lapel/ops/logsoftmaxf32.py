"""Log softmax over the last axis in float32: y[c] = (x[c] - m) - log(0 + exp(x[0] - m) + …), m the greatest.

Exponential and logarithm are the same on every core.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | float32 | [..., C] | none |
| y | float32 | that of x | none |

Attributes: none. What a float `logsoftmax` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families import floatmath
from lapel.families.float32 import Float32
from lapel.ir import Call, Instance
from lapel.ir.op import Param
from lapel.ops.logsoftmax import LogSoftmax


class LogSoftmaxF32(Float32, LogSoftmax):
    name = "logsoftmaxf32"
    float32_of = "logsoftmax"
    drawn = ("few",)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (x,) = arrays
        assert x is not None
        with np.errstate(all="ignore"):
            d = x - x.max(axis=-1, keepdims=True)
            return (d - floatmath.log(np.add.accumulate(floatmath.exp(d), axis=-1)[..., -1:]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        x = inst.x()
        params: dict[str, Param] = {"rows": x.size // x.shape[-1], "classes": x.shape[-1]}
        return (Call("logsoftmaxf32", inst.node.outputs, inst.node.inputs, params),)


OP = LogSoftmaxF32()
