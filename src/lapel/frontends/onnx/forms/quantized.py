"""Operators on integers (QOperator): each is its float operator between DequantizeLinear and QuantizeLinear.

Most take x, its scale and its zero point, and the scale and zero point of y behind all of these.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends.onnx.content import STANDARD
from lapel.frontends.onnx.form import MICROSOFT, Form, Made, Value, View
from lapel.frontends.onnx.forms import activation, arithmetic, convolution, movement, pooling, products, reduction
from lapel.frontends.onnx.forms.rounding import scales_of
from lapel.frontends.onnx.stored import Stored, make_quant
from lapel.ir import Tensor

Read = Callable[[View], Made]


@dataclass(frozen=True)
class Places:
    """Where inputs are. x: integers, each with its scale and zero point behind it; y: the scale of the output."""

    x: tuple[int, ...]
    y: int


UNARY, BINARY = Places((0,), 3), Places((0, 3), 6)


def activations(view: View, i: int) -> Tensor:
    """The numbers that input `i` stands for."""
    return weights(view, i, None)


def weights(view: View, i: int, axis: int | None) -> Tensor:
    """The numbers that weights stand for, which may have a scale for each index of an axis."""
    return view.numbers(i, make_quant(*scales_of(view, i + 1, i + 2, view.integers_dtype(i)), axis))


def rounded(view: View, y: Made, at: int, like: int = 0) -> Stored:
    """The numbers y as integers, whose scale and zero point are the inputs from `at` on; without the latter 0, in the
    dtype of input `like`."""
    scales, zeros = scales_of(view, at, at + 1, view.integers_dtype(like))
    assert isinstance(y, Tensor)
    return view.b.rounded(y, zeros.dtype.name, make_quant(scales, zeros), view.node.outputs[0])


def floats(view: View, values: tuple[Value | None, ...], version: int = 0) -> View:
    """The node with other inputs, as its float operator sees it."""
    names = tuple(v.name if isinstance(v, Tensor) else "" for v in values)
    version = version or (view.node.version if view.node.domain == STANDARD else activation.AXIS_ALONE)
    return replace(view, node=replace(view.node, inputs=names, version=version), values=values)


def elementwise(read: Read, places: Places, view: View) -> Stored:
    """An operator of any number of integers."""
    if view.attr("channels_last", 0):
        raise UnsupportedNode("has its channels last, expected them first: quantize the model as it was exported")
    values = tuple(activations(view, i) for i in places.x)
    return rounded(view, read(floats(view, values, int(view.attr("opset", 0)))), places.y)


def conv(view: View) -> Stored:
    x, w = activations(view, 0), weights(view, 3, 0)
    bias = _bias(view, 8, float(view.constant(1, "scale").reshape(-1)[0]), view.constant(4, "scale"))
    return rounded(view, convolution.conv(floats(view, (x, w, bias))), 6)


def _bias(view: View, i: int, x_scale: float, w_scale: np.ndarray) -> Tensor | None:
    """The numbers that a bias of int32 stands for, at the products of scales."""
    if not view.has(i):
        return None
    bias = view.constant(i, "bias")
    scale = np.float64(x_scale) * w_scale.astype(np.float64).reshape(-1)
    return view.b.constant(view.node.inputs[i], (bias.astype(np.float64) * scale).astype(np.float32))


def matmul(view: View) -> Stored:
    values = (activations(view, 0), weights(view, 3, len(view.shape(3)) - 1))
    return rounded(view, products.matmul(floats(view, values)), 6)


def gemm(view: View) -> Made:
    x, w = activations(view, 0), weights(view, 3, 0 if view.attr("transB", 0) else 1)
    scale = float(view.constant(1, "scale").reshape(-1)[0]) * float(view.attr("alpha", 1.0))
    y = products.gemm(floats(view, (x, w, _bias(view, 6, scale, view.constant(4, "scale")))))
    return rounded(view, y, 7) if view.has(7) else y


def concat(view: View) -> Stored:
    values = tuple(activations(view, i) for i in range(2, len(view.values), 3))
    return rounded(view, movement.concat(floats(view, values)), 0, like=2)


def mean(view: View) -> Stored:
    return rounded(view, reduction.simple("mean", floats(view, (activations(view, 0),))), 3)


OPERATORS: dict[str, tuple[Read, Places]] = {
    "QLinearAdd": (partial(arithmetic.binary, "add"), BINARY),
    "QLinearMul": (partial(arithmetic.binary, "mul"), BINARY),
    "QLinearAveragePool": (partial(pooling.pool, "mean"), UNARY),
    "QLinearGlobalAveragePool": (partial(pooling.global_pool, "mean"), UNARY),
    "QLinearSigmoid": (partial(activation.unary, "logistic"), UNARY),
    "QLinearLeakyRelu": (activation.leaky_relu, UNARY),
    "QLinearSoftmax": (partial(activation.softmax, False), UNARY),
}
FORMS = (
    Form(("QLinearConv",), conv),
    *(Form(("QLinearMatMul",), matmul, domain) for domain in (STANDARD, MICROSOFT)),
    Form(("QGemm",), gemm, MICROSOFT),
    Form(("QLinearConcat",), concat, MICROSOFT),
    Form(("QLinearReduceMean",), mean, MICROSOFT),
    *(Form((op,), partial(elementwise, read, places), MICROSOFT) for op, (read, places) in OPERATORS.items()),
)
