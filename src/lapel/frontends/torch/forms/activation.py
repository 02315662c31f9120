"""Activations, and softmax."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import reshaped
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def curve(kind: str, op: Operation) -> Tensor:
    return op.node(kind, op.x)


def clamp(low: float, high: float, op: Operation) -> Tensor:
    return layers.clip(op.b, op.x, low, high, op.name)


def hardtanh(op: Operation) -> Tensor:
    return clamp(float(op["min_val"]), float(op["max_val"]), op)


def leaky_relu(op: Operation) -> Tensor:
    return op.node("leakyrelu", op.x, alpha=float(op["negative_slope"]))


def prelu(op: Operation) -> Tensor:
    """The slope is one number, or one for each channel, axis 1."""
    x, slope = op.x, op.tensor("weight")
    if len(slope.type.shape) == 1 and slope.type.size > 1 and op.rank > 2:
        slope = reshaped(op.b, slope, (slope.type.size, *[1] * (op.rank - 2)))
    return layers.prelu(op.b, x, slope, op.name)


def elu(op: Operation) -> Tensor:
    """scale · (max(x, 0) + alpha · (e^(input_scale · min(x, 0)) - 1))."""
    alpha, scale, inner = (float(op[n]) for n in ("alpha", "scale", "input_scale"))
    return _exponential(op, alpha, scale, inner)


def selu(op: Operation) -> Tensor:
    """Source: Klambauer et al. 2017, alpha_01 and lambda_01."""
    return _exponential(op, 1.6732632423543772, 1.0507009873554805, 1.0)


def celu(op: Operation) -> Tensor:
    alpha = float(op["alpha"])
    return _exponential(op, alpha, 1.0, 1 / alpha)


def _exponential(op: Operation, alpha: float, scale: float, inner: float) -> Tensor:
    x = op.x
    if (alpha, scale, inner) == (1.0, 1.0, 1.0):
        return op.node("elu", x)
    low = op.node("minimum", x, op.number(0.0), part="below")
    low = op.node("elu", layers.scaled(op.b, low, inner, f"{op.name}/inner"), part="elu")
    high = layers.scaled(op.b, op.node("relu", x, part="above", activation="relu"), scale, f"{op.name}/scale")
    return op.node("add", high, layers.scaled(op.b, low, alpha * scale, f"{op.name}/alpha"))


def gelu(op: Operation) -> Tensor:
    return op.node("gelu", op.x, approximate=op["approximate"] == "tanh")


def silu(op: Operation) -> Tensor:
    x = op.x
    return op.node("mul", x, op.node("logistic", x, part="sigmoid"))


def softsign(op: Operation) -> Tensor:
    x = op.x
    return op.node("div", x, op.node("add", op.node("abs", x, part="abs"), op.number(1.0), part="sum"))


def softmax(log: bool, op: Operation) -> Tensor:
    if op.rank == 0:
        raise UnsupportedNode("softmax of a number, expected a tensor with an axis")
    return layers.softmax(op.b, op.x, op.axis(), log, op.name)


def hard_swish(op: Operation) -> Tensor:
    return layers.hard_swish(op.b, op.x, op.name)


def hard_sigmoid(op: Operation) -> Tensor:
    return layers.hard_sigmoid(op.b, op.x, name=op.name)


FORMS: Mapping[str, Form] = {
    "relu": partial(clamp, 0.0, np.inf),
    "relu6": partial(clamp, 0.0, 6.0),
    "hardtanh": hardtanh,
    "leaky_relu": leaky_relu,
    "prelu": prelu,
    "_prelu_kernel": prelu,
    "elu": elu,
    "selu": selu,
    "celu": celu,
    "gelu": gelu,
    "silu": silu,
    "softsign": softsign,
    "hardswish": hard_swish,
    "hardsigmoid": hard_sigmoid,
    "sigmoid": partial(curve, "logistic"),
    "tanh": partial(curve, "tanh"),
    "softmax": partial(softmax, False),
    "_softmax": partial(softmax, False),
    "log_softmax": partial(softmax, True),
    "_log_softmax": partial(softmax, True),
}
