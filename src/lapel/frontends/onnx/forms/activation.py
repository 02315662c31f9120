"""Activations, one function of each element, and softmax."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lapel.frontends import _layers as layers
from lapel.frontends._moves import reshaped
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor

AXIS_ALONE = 13
"""Since this operator set, softmax is along its axis; before, along all axes from it on."""


def unary(op: str, view: View) -> Tensor:
    return view.b.node(op, view.tensor(), name=view.name)


def relu(view: View) -> Tensor:
    return view.b.node("relu", view.tensor(), activation="relu", name=view.name)


def leaky_relu(view: View) -> Tensor:
    return view.b.node("leakyrelu", view.tensor(), alpha=float(view.attr("alpha", 0.01)), name=view.name)


def prelu(view: View) -> Tensor:
    return layers.prelu(view.b, view.tensor(), view.weights(1, "slope"), view.name)


def elu_of(view: View, x: Tensor, alpha: float, gamma: float = 1.0) -> Tensor:
    """gamma · (x where it is positive, else alpha · (exp(x) - 1)), of the one with alpha = 1."""
    b, name = view.b, view.name
    y = b.node("elu", x, name=name if alpha == gamma == 1 else f"{name}/elu")
    if alpha == 1:
        return layers.scaled(b, y, gamma, name)
    positive = b.node("relu", x, activation="relu", name=f"{name}/positive")
    rest = layers.scaled(b, positive, gamma * (1 - alpha), f"{name}/rest")
    return b.node("add", layers.scaled(b, y, gamma * alpha, f"{name}/scaled"), rest, name=name)


def elu(view: View) -> Tensor:
    return elu_of(view, view.tensor(), float(view.attr("alpha", 1.0)))


def selu(view: View) -> Tensor:
    alpha, gamma = float(view.attr("alpha", 1.67326319217681884765625)), view.attr("gamma", 1.05070102214813232421875)
    return elu_of(view, view.tensor(), alpha, float(gamma))


def celu(view: View) -> Tensor:
    alpha = float(view.attr("alpha", 1.0))
    x = layers.scaled(view.b, view.tensor(), 1 / alpha, f"{view.name}/slope")
    return layers.scaled(view.b, view.b.node("elu", x, name=f"{view.name}/elu"), alpha, view.name)


def hard_sigmoid(view: View) -> Tensor:
    alpha, beta = float(view.attr("alpha", 0.2)), float(view.attr("beta", 0.5))
    return layers.hard_sigmoid(view.b, view.tensor(), alpha, beta, view.name)


def gelu(view: View) -> Tensor:
    approximate = view.only("approximate", "none", "tanh") == "tanh"
    return view.b.node("gelu", view.tensor(), approximate=approximate, name=view.name)


def swish(view: View) -> Tensor:
    x = view.tensor()
    gate = layers.scaled(view.b, x, float(view.attr("alpha", 1.0)), f"{view.name}/slope")
    return view.b.node("mul", x, view.b.node("logistic", gate, name=f"{view.name}/gate"), name=view.name)


def softsign(view: View) -> Tensor:
    b, x = view.b, view.tensor()
    one = b.constant(f"{view.name}/one", np.float32(1))
    size = b.node("add", b.node("abs", x, name=f"{view.name}/abs"), one, name=f"{view.name}/size")
    return b.node("div", x, size, name=view.name)


def clip(view: View) -> Tensor:
    low, high = (float(view.constant(i, "limit")) if view.has(i) else end for i, end in ((1, -np.inf), (2, np.inf)))
    return layers.clip(view.b, view.tensor(), low, high, view.name)


def softmax(log: bool, view: View) -> Tensor:
    x, b = view.tensor(), view.b
    if view.node.version >= AXIS_ALONE:
        return layers.softmax(b, x, view.axis(-1), log, view.name)
    axis, shape = view.axis(1), x.type.shape
    if axis == len(shape) - 1:
        return layers.softmax(b, x, axis, log, view.name)
    rows = layers.softmax(b, layers.flatten(b, x, axis), 1, log, view.name)
    return reshaped(b, rows, shape)


UNARY: dict[str, str] = {"Sigmoid": "logistic", "Tanh": "tanh", "HardSwish": "hardswish"}
READERS: dict[str, Callable[[View], Tensor]] = {
    "Relu": relu,
    "LeakyRelu": leaky_relu,
    "PRelu": prelu,
    "Elu": elu,
    "Selu": selu,
    "Celu": celu,
    "HardSigmoid": hard_sigmoid,
    "Gelu": gelu,
    "Swish": swish,
    "Softsign": softsign,
    "Clip": clip,
    "Softmax": partial(softmax, False),
    "LogSoftmax": partial(softmax, True),
}
FORMS = (
    *(Form((name,), partial(unary, op)) for name, op in UNARY.items()),
    *(Form((name,), read) for name, read in READERS.items()),
)
