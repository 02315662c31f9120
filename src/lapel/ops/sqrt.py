"""Square root: y = zero + ⌊√x / scale⌋, in float32; of what is negative, the zero point.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| x | int8 | any | per tensor |
| y | int8 | that of x | per tensor |

Attributes: none. TFLite Micro has it for floats alone; LiteRT fails on what is negative.
Source: LiteRT SQRT; docs/SPEC.md §5.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.families.draw import draw_scale, draw_shape, draw_zero
from lapel.families.table import TableOp
from lapel.ir import Case, Graph, Instance, NodeSpec, TfliteForm, TfliteNode, TfliteOperator
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    return NodeSpec("sqrt", op.inputs[:1])


def write_tflite(inst: Instance) -> TfliteNode:
    return TfliteNode(inst.inputs)


class Sqrt(TableOp):
    name = "sqrt"
    tflite = (TfliteForm("SQRT", None, range(1, 3), read_tflite, write_tflite, 2),)

    def function(self, inst: Instance, q: np.ndarray) -> np.ndarray:
        x, y = inst.x(), inst.y()
        with np.errstate(over="ignore"):
            root = np.sqrt(np.float32(x.scale) * np.maximum(q - x.zero, 0).astype(np.float32))
            steps = np.floor(root / np.float32(y.scale))
        return np.clip(np.minimum(steps, 255).astype(np.int64) + y.zero, -128, 127)

    def real(self, inst: Instance, *arrays: np.ndarray) -> tuple[np.ndarray, ...]:
        with np.errstate(invalid="ignore"):
            return (np.sqrt(arrays[0]),)

    def cases(self) -> Sequence[Case]:
        return [Case("random", draw_sqrt, "litert")]


def draw_sqrt(rng: np.random.Generator) -> Graph:
    """No input is below the zero point, -128: LiteRT fails there."""
    shape = draw_shape(rng, int(rng.integers(1, 4)), 7)
    x = Tensor("x", Type(shape, "int8", Quant((draw_scale(rng),), (-128,))))
    return single("sqrt", [x], [Type(shape, "int8", Quant((draw_scale(rng),), (draw_zero(rng),)))], {})


OP = Sqrt()
