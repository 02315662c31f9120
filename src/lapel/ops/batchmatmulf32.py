"""Products of matrices in float32, in batches that broadcast: y[n][o] = 0 + a[n][0]·b[0][o] + a[n][1]·b[1][o] + ….

| tensor | dtype | shape | quantization |
|---|---|---|---|
| a | float32, may be constant | [..., N, K], or [..., K, N] if adj_x; 2 to 5 dimensions | none |
| b | float32, may be constant | [..., K, O], or [..., O, K] if adj_y; 2 to 5 dimensions | none |
| y | float32 | [..., N, O] | none |

Attributes: adj_x, adj_y (bool). What a float `batchmatmul` is on a device.
Source: docs/SPEC.md §8.
"""

from __future__ import annotations

import numpy as np

from lapel.families.float32 import F32, Float32, product_call, product_sums
from lapel.ir import Call, Instance
from lapel.ir.signature import binary
from lapel.ops.batchmatmul import BatchMatMul, operand_matrices, product_sizes, upright


class BatchMatMulF32(Float32, BatchMatMul):
    name = "batchmatmulf32"
    float32_of = "batchmatmul"
    signatures = (binary(F32),)
    drawn = ("computed", "constant")

    def check(self, inst: Instance) -> list[str]:
        return []

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        a, b = upright(inst, arrays)
        return (product_sums(np.zeros(b.shape[-1], np.float32), a, b),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        return (product_call(inst, *operand_matrices(inst), *product_sizes(inst), "none"),)


OP = BatchMatMulF32()
