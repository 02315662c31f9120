"""Arithmetic of each element of one tensor, two, or any number."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import spread
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor

UNARY = {"Sqrt": "sqrt", "Exp": "exp", "Abs": "abs", "Not": "logicalnot"}
BINARY = {
    "Add": "add",
    "Sub": "sub",
    "Mul": "mul",
    "Div": "div",
    "Equal": "equal",
    "Greater": "greater",
    "GreaterOrEqual": "greaterequal",
    "Less": "less",
    "LessOrEqual": "lessequal",
    "And": "logicaland",
    "Or": "logicalor",
}
MANY = {"Sum": "add", "Max": "maximum", "Min": "minimum"}


def unary(op: str, view: View) -> Tensor:
    return view.b.node(op, view.tensor(), name=view.name)


def binary(op: str, view: View) -> Tensor:
    return view.b.node(op, view.tensor(0), view.tensor(1), name=view.name)


def many(op: str, view: View) -> Tensor:
    y = view.tensor(0)
    for i in range(1, len(view.values)):
        last = i == len(view.values) - 1
        y = view.b.node(op, y, view.tensor(i), name=view.name if last else f"{view.name}/part")
    return y


def mean(view: View) -> Tensor:
    return layers.scaled(view.b, many("add", view), 1 / len(view.values), f"{view.name}/mean")


def negative(view: View) -> Tensor:
    """0 - x, which unlike the operator for it is right on integers of any zero point."""
    return view.b.node("sub", view.b.constant(f"{view.name}/zero", np.float32(0)), view.tensor(), name=view.name)


def inverse(view: View, x: Tensor) -> Tensor:
    return view.b.node("div", view.b.constant(f"{view.name}/one", np.float32(1)), x, name=view.name)


def reciprocal(view: View) -> Tensor:
    return inverse(view, view.tensor())


def power(view: View) -> Tensor:
    b, exponents = view.b, view.constant(1, "exponent")
    known = sorted({float(n) for n in exponents.reshape(-1)})
    x = spread(b, view.tensor(), np.broadcast_shapes(view.shape(), exponents.shape), f"{view.name}/spread")
    match known:
        case [1]:
            return x
        case [2]:
            return b.node("mul", x, x, name=view.name)
        case [3]:
            return b.node("mul", b.node("mul", x, x, name=f"{view.name}/square"), x, name=view.name)
        case [0.5]:
            return b.node("sqrt", x, name=view.name)
        case [-0.5]:
            return b.node("rsqrt", x, name=view.name)
        case [-1]:
            return inverse(view, x)
    found = " and ".join(f"{n:g}" for n in known[:2])
    raise UnsupportedNode(f"exponent is {found}, expected 0.5, 1, 2, 3, -0.5 or -1: write other powers as products")


def where(view: View) -> Tensor:
    return view.b.node("select", *(view.tensor(i) for i in range(3)), name=view.name)


READERS: dict[str, Callable[[View], Tensor]] = {
    "Mean": mean,
    "Neg": negative,
    "Reciprocal": reciprocal,
    "Pow": power,
    "Where": where,
}
FORMS = (
    *(Form((name,), partial(unary, op)) for name, op in UNARY.items()),
    *(Form((name,), partial(binary, op)) for name, op in BINARY.items()),
    *(Form((name,), partial(many, op)) for name, op in MANY.items()),
    *(Form((name,), read) for name, read in READERS.items()),
)
