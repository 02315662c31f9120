"""Linear layers and products of matrices."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import permuted
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def linear(op: Operation) -> Tensor:
    return layers.dense(op.b, op.x, op.tensor("weight"), op.optional("bias"), op.name)


def multiply(op: Operation) -> Tensor:
    x, y = (op.tensor(n) for n in list(op.arguments)[:2])
    return layers.product(op.b, x, y, op.name)


def multiply_add(op: Operation) -> Tensor:
    """beta · self + alpha · mat1 @ mat2; a dense layer with a bias where that is what it is."""
    x, w = op.tensor("mat1"), layers.scaled(op.b, op.tensor("mat2"), float(op["alpha"]), f"{op.name}/alpha")
    if op["beta"] == 0:  # self is ignored then, NaN in it too
        return layers.product(op.b, x, w, op.name)
    bias = layers.scaled(op.b, op.x, float(op["beta"]), f"{op.name}/beta")
    if bias.data is not None and w.data is not None and bias.type.shape == w.type.shape[1:]:
        return layers.dense(op.b, x, permuted(op.b, w, (1, 0)), bias, op.name)
    return op.node("add", layers.product(op.b, x, w, f"{op.name}/product"), bias)


def attend(op: Operation) -> Tensor:
    """softmax(q · kᵀ / √d) · v."""
    q, k, v = (op.tensor(n) for n in ("query", "key", "value"))
    if op.get("attn_mask") is not None or op["is_causal"] or op["enable_gqa"]:
        raise UnsupportedNode("attention has a mask or shared heads, expected neither: write its products out")
    rank = len(k.type.shape)
    k = permuted(op.b, k, (*range(rank - 2), rank - 1, rank - 2))
    scale = op.get("scale", 1 / float(np.sqrt(q.type.shape[-1])))
    scores = layers.product(op.b, layers.scaled(op.b, q, scale, f"{op.name}/scaled"), k, f"{op.name}/scores")
    return layers.product(op.b, layers.softmax(op.b, scores, -1, name=f"{op.name}/weights"), v, op.name)


FORMS: Mapping[str, Form] = {
    "linear": linear,
    "matmul": multiply,
    "mm": multiply,
    "bmm": multiply,
    "addmm": multiply_add,
    "scaled_dot_product_attention": attend,
}
