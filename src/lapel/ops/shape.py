"""Shape of a tensor: y[i] = dimension i. Shapes are static, so that import always folds it to a constant.

| tensor | dtype | shape | quantization |
|---|---|---|---|
| y | int32 or int64 | [R] | none |

Attributes: dims (R ints: the shape of TFLite's input), out_type (int32 int64).
The node reads no tensor, for it depends on no data. It has no kernel: front ends return no graph that has it.
Source: TFLite builtin operator SHAPE.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.families.strides import MovingOp
from lapel.ir import (
    DTYPES,
    Call,
    Case,
    Instance,
    NodeSpec,
    Tensor,
    TfliteForm,
    TfliteNode,
    TfliteOperator,
    Type,
)
from lapel.ir.attribute import AXES, Attribute
from lapel.ir.signature import Plain, Signature

OUT_TYPES = {2: "int32", 4: "int64"}
"""Dtype by TensorType code."""


def read_tflite(op: TfliteOperator) -> NodeSpec:
    code = int(op.option("OutType"))
    # Old converters leave OutType at the schema's default, FLOAT32; the kernels then go by the output tensor.
    out_type = OUT_TYPES.get(code, op.outputs[0].type.dtype)
    x = op.inputs[0]
    if x is None or out_type not in OUT_TYPES.values():
        raise UnsupportedNode(f"output type code {code} is not supported, expected int32 or int64")
    return NodeSpec("shape", (), {"dims": x.type.shape, "out_type": out_type})


def write_tflite(inst: Instance) -> TfliteNode:
    dims, code = inst.attrs["dims"], {v: k for k, v in OUT_TYPES.items()}[inst.attrs["out_type"]]
    x = Tensor(f"{inst.node.name}/of", Type(dims, "int8"), np.zeros(dims, np.int8))
    return TfliteNode((x,), {"OutType": code})


class Shape(MovingOp):
    name = "shape"
    tflite = (TfliteForm("SHAPE", "ShapeOptions", range(1, 2), read_tflite, write_tflite),)

    attributes = {"dims": AXES, "out_type": Attribute("str", choices=tuple(OUT_TYPES.values()))}

    signatures = (Signature((), (Plain(tuple(OUT_TYPES.values())),)),)

    def infer(self, inst: Instance) -> tuple[tuple[tuple[int, ...], str], ...]:
        return (((len(inst.attrs["dims"]),), inst.attrs["out_type"]),)

    def reference(self, inst: Instance, *arrays: np.ndarray | None) -> tuple[np.ndarray, ...]:
        return (np.array(inst.attrs["dims"], DTYPES[inst.attrs["out_type"]]),)

    def lower(self, inst: Instance) -> tuple[Call, ...]:
        raise UnsupportedNode("shape has no kernel: shapes are static, make its output a constant")

    def cases(self) -> Sequence[Case]:
        return ()


OP = Shape()
