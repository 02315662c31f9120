"""Arithmetic, element by element."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends.torch.operation import Form, Operation
from lapel.ir import Tensor


def binary(kind: str, op: Operation) -> Tensor:
    if op.get("rounding_mode") is not None:
        raise UnsupportedNode(f"divides with rounding mode {op['rounding_mode']!r}, expected none")
    return op.node(kind, op.x, _other(op))


def reversed_sub(op: Operation) -> Tensor:
    return op.node("sub", op.tensor("other"), layers.scaled(op.b, op.x, float(op["alpha"]), f"{op.name}/alpha"))


def _other(op: Operation) -> Tensor:
    """The second operand, times alpha where there is one."""
    return layers.scaled(op.b, op.tensor("other"), float(op.get("alpha", 1)), f"{op.name}/alpha")


def unary(kind: str, op: Operation) -> Tensor:
    return op.node(kind, op.x)


def reciprocal(op: Operation) -> Tensor:
    return op.node("div", op.number(1.0), op.x)


def square(op: Operation) -> Tensor:
    return op.node("mul", op.x, op.x)


POWERS: Mapping[float, Callable[[Operation], Tensor]] = {
    0.5: partial(unary, "sqrt"),
    -0.5: partial(unary, "rsqrt"),
    -1.0: reciprocal,
    2.0: square,
}


def power(op: Operation) -> Tensor:
    n = op["exponent"]
    if not isinstance(n, (int, float)):
        raise UnsupportedNode("the exponent is a tensor, expected a number")
    if float(n) in POWERS:
        return POWERS[float(n)](op)
    if n not in (1, 3, 4):
        raise UnsupportedNode(f"the exponent is {n}, expected -1, -0.5, 0.5, 1, 2, 3 or 4")
    y = op.x
    for _ in range(int(n) - 1):
        y = op.node("mul", y, op.x)
    return y


def clamp(op: Operation) -> Tensor:
    low, high = op.get("min", -np.inf), op.get("max", np.inf)
    if isinstance(low, Tensor) or isinstance(high, Tensor):
        x = op.x if not isinstance(low, Tensor) else op.node("maximum", op.x, low, part="low")
        return x if not isinstance(high, Tensor) else op.node("minimum", x, high)
    return layers.clip(op.b, op.x, float(low), float(high), op.name)


def select(op: Operation) -> Tensor:
    return op.node("select", op.tensor("condition"), op.tensor("self"), op.tensor("other"))


COMPARISONS = {
    "eq": "equal", "ne": "notequal", "gt": "greater", "ge": "greaterequal", "lt": "less", "le": "lessequal",
    "logical_and": "logicaland", "logical_or": "logicalor", "bitwise_and": "logicaland", "bitwise_or": "logicalor",
    "__and__": "logicaland", "__or__": "logicalor",
}  # fmt: skip

FORMS: Mapping[str, Form] = {
    **{name: partial(binary, name) for name in ("add", "sub", "mul", "div")},
    **{name: partial(binary, kind) for name, kind in COMPARISONS.items()},
    **{name: partial(binary, name) for name in ("maximum", "minimum")},
    "true_divide": partial(binary, "div"),
    "subtract": partial(binary, "sub"),
    "multiply": partial(binary, "mul"),
    "rsub": reversed_sub,
    **{name: partial(unary, name) for name in ("sqrt", "rsqrt", "exp", "abs", "neg")},
    "reciprocal": reciprocal,
    "square": square,
    "pow": power,
    "clamp": clamp,
    "clamp_min": clamp,
    "clamp_max": clamp,
    **{name: partial(unary, "logicalnot") for name in ("logical_not", "bitwise_not")},
    "where": select,
}
