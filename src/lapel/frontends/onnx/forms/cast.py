"""Cast and CastLike: other number formats."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.onnx.form import Form, View
from lapel.frontends.onnx.stored import Given, make_quant
from lapel.ir import Tensor
from lapel.ir.signature import FLOATS

DTYPES = {1: "float32", 3: "int8", 5: "int16", 6: "int32", 7: "int64", 9: "bool", 11: "float64"}
"""By TensorProto.DataType."""


def cast(view: View) -> Tensor:
    code = int(view.attr("to", 0))
    dtype, value = DTYPES.get(code, f"number format {code}"), view.value(0)
    if isinstance(value, Given) and dtype == "float32":  # images of bytes
        return view.numbers(0, make_quant(np.ones(()), np.zeros((), value.dtype)))
    return cast_to(view, dtype)


def cast_like(view: View) -> Tensor:
    like = view.value(1)
    return cast_to(view, like.type.dtype if isinstance(like, Tensor) else like.dtype.name)  # type: ignore[union-attr]


def cast_to(view: View, dtype: str) -> Tensor:
    b, x = view.b, view.tensor()
    if x.type.dtype == dtype or (x.type.dtype, dtype) == ("int32", "int64"):
        return x
    if x.type.dtype in FLOATS and dtype == "bool":
        return b.node("notequal", x, b.constant(f"{view.name}/zero", np.zeros((), x.type.dtype)), name=view.name)
    if x.type.dtype == "bool" and dtype == "float32":
        ends = (b.constant(f"{view.name}/{n}", np.float32(n)) for n in (1, 0))
        return b.node("select", x, *ends, name=view.name)
    if x.type.dtype == "float32" and dtype in ("int32", "int64"):
        return b.node("cast", x, dtype="int32", name=view.name)
    raise UnsupportedNode(f"makes {dtype} of {x.type.dtype}, expected float32, int32 or bool: leave it out")


FORMS = (Form(("Cast",), cast), Form(("CastLike",), cast_like))
