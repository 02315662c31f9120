"""Products of matrices: Gemm, MatMul."""

from __future__ import annotations

from lapel.frontends import _layers as layers
from lapel.frontends._moves import permuted, reshaped
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor


def gemm(view: View) -> Tensor:
    b, x, w = view.b, view.tensor(0), view.weights(1, "weights")
    alpha, beta = float(view.attr("alpha", 1.0)), float(view.attr("beta", 1.0))
    x = permuted(b, x, (1, 0)) if view.attr("transA", 0) else x
    w = w if view.attr("transB", 0) else permuted(b, w, (1, 0))
    w = layers.scaled(b, w, alpha, f"{view.name}/alpha")
    c = layers.scaled(b, view.weights(2, "bias"), beta, f"{view.name}/beta") if view.has(2) else None
    outputs = w.type.shape[0]
    if c is None or (c.type.size == outputs and c.type.shape[-1:] == (outputs,)):
        return layers.dense(b, x, w, None if c is None else reshaped(b, c, (outputs,)), view.name)
    return b.node("add", layers.dense(b, x, w, None, f"{view.name}/product"), c, name=view.name)


def matmul(view: View) -> Tensor:
    x, w = view.tensor(0), view.weights(1, "weights")
    return layers.product(view.b, x, w, view.name)


FORMS = (Form(("Gemm",), gemm), Form(("MatMul",), matmul))
