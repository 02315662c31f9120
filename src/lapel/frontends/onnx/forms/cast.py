"""Cast and CastLike: other number formats."""

from __future__ import annotations

import numpy as np

from lapel.frontends import _layers as layers
from lapel.frontends.onnx.form import Form, View
from lapel.frontends.onnx.stored import Given, make_quant
from lapel.ir import Tensor

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
    """int64 is int32 in the graph."""
    return layers.cast(view.b, view.tensor(), "int32" if dtype == "int64" else dtype, view.name)


FORMS = (Form(("Cast",), cast), Form(("CastLike",), cast_like))
