"""Fill: one constant number everywhere.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| value | any, constant | one element | any |
| y | as value | `shape` | any; the stored value does not change |

Attributes: shape (tuple). Source: TFLite operator FILL; docs/SPEC.md §6.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np

from lapel.families.draw import draw_shape
from lapel.families.strides import MovingOp, draw_plain, fill
from lapel.ir import Call, Case, Graph, Instance, NodeSpec, Tensor, TfliteForm, TfliteNode, TfliteOperator, Type
from lapel.ir.attribute import AXES
from lapel.ir.op import single


def read_tflite(op: TfliteOperator) -> NodeSpec:
    op.const(1)
    return NodeSpec("fill", op.inputs[1:2], {"shape": tuple(int(d) for d in op.const(0).reshape(-1))})


def write_tflite(inst: Instance) -> TfliteNode:
    shape = np.array(inst.attrs["shape"], np.int32)
    return TfliteNode((Tensor(f"{inst.node.name}/shape", Type(shape.shape, "int32"), shape), inst.inputs[0]))


class Fill(MovingOp):
    name = "fill"
    tflite = (TfliteForm("FILL", "FillOptions", range(1, 5), read_tflite, write_tflite),)

    attributes = {"shape": AXES}

    def check(self, inst: Instance) -> list[str]:
        if inst.const(0) is not None:
            return []
        return ["value is computed by the model, expected a constant: make it one when converting"]

    def check_shapes(self, inst: Instance) -> list[str]:
        if inst.x().size == 1:
            return []
        return [f"value has shape {inst.x().shape}, expected one element: fix the model"]

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return ((inst.attrs["shape"], inst.x().dtype),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        (value,) = arrays
        assert value is not None
        return (np.full(inst.attrs["shape"], value.reshape(()), value.dtype),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        value = inst.const(0)
        assert value is not None
        return (fill(inst.node.outputs[0], value.reshape(()), [(inst.y().size, 1)]),)

    def cases(self) -> Sequence[Case]:
        return [Case(dtype, partial(draw_fill, dtype=dtype)) for dtype in ("int8", "int32")]


def draw_fill(rng: np.random.Generator, *, dtype: str) -> Graph:
    """A number, or one in a vector of length 1, up to three dimensions of it."""
    t = draw_plain(rng, "value", (), dtype)
    value = Tensor("value", t.type, np.array(rng.integers(-128, 128), dtype))
    shape = draw_shape(rng, int(rng.integers(1, 4)), 5)
    return single("fill", [value], [Type(shape, dtype, t.type.quant)], {"shape": shape})


OP = Fill()
