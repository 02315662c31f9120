"""Poolings: MaxPool, AveragePool, GlobalMaxPool, GlobalAveragePool."""

from __future__ import annotations

from functools import partial

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends.onnx.form import Form, View
from lapel.frontends.onnx.forms.convolution import window
from lapel.ir import Tensor


def pool(kind: layers.Pool, view: View) -> Tensor:
    if len(view.node.outputs) > 1 and view.node.outputs[1]:
        raise UnsupportedNode("gives the indices of maxima as well, expected values alone: leave them out")
    x = view.tensor()
    kernel = [int(k) for k in view.attr("kernel_shape", [])]
    stride, dilation, pads = window(view, x.type.shape[2:], tuple(kernel))
    ceil, counts = bool(view.attr("ceil_mode", 0)), bool(view.attr("count_include_pad", 0))
    return layers.pool(view.b, x, kind, kernel, stride, dilation, pads, ceil, counts, view.name)


def global_pool(kind: layers.Pool, view: View) -> Tensor:
    return layers.global_pool(view.b, view.tensor(), kind, view.name)


FORMS = (
    Form(("MaxPool",), partial(pool, "max"), moves=True),
    Form(("AveragePool",), partial(pool, "mean")),
    Form(("GlobalMaxPool",), partial(global_pool, "max"), moves=True),
    Form(("GlobalAveragePool",), partial(global_pool, "mean")),
)
