"""Reductions along axes, and the index of the greatest or least value."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from lapel.errors import UnsupportedNode
from lapel.frontends._moves import reshaped
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor

SIMPLE = {"ReduceMean": "mean", "ReduceSum": "sum", "ReduceMax": "reducemax", "ReduceMin": "reducemin"}


def reduced(op: str, view: View, x: Tensor, name: str) -> Tensor:
    """x reduced along the node's axes: an attribute, or an input of newer operator sets."""
    axes, rank = view.ints(1, "axes"), len(x.type.shape)
    if not axes and view.attr("noop_with_empty_axes", 0):
        return x
    found = tuple(sorted(view.axes_of(axes, rank) if axes else range(rank)))
    if not found:
        return x
    return view.b.node(op, x, axes=found, keep_dims=bool(view.attr("keepdims", 1)), name=name)


def simple(op: str, view: View) -> Tensor:
    return reduced(op, view, view.tensor(), view.name)


def sum_of_squares(view: View) -> Tensor:
    x = view.tensor()
    return reduced("sum", view, view.b.node("mul", x, x, name=f"{view.name}/squares"), view.name)


def l1(view: View) -> Tensor:
    return reduced("sum", view, view.b.node("abs", view.tensor(), name=f"{view.name}/abs"), view.name)


def l2(view: View) -> Tensor:
    x = view.tensor()
    squares = view.b.node("mul", x, x, name=f"{view.name}/squares")
    return view.b.node("sqrt", reduced("sum", view, squares, f"{view.name}/sum"), name=view.name)


def arg(op: str, view: View) -> Tensor:
    """Of type int32, where ONNX has int64."""
    if view.attr("select_last_index", 0):
        raise UnsupportedNode("takes the last of equal values, expected the first: leave out select_last_index")
    x, axis = view.tensor(), view.axis(0)
    y = view.b.node(op, x, axis=axis, name=view.name)
    if not view.attr("keepdims", 1):
        return y
    return reshaped(view.b, y, [1 if a == axis else d for a, d in enumerate(x.type.shape)])


READERS: dict[str, Callable[[View], Tensor]] = {"ReduceSumSquare": sum_of_squares, "ReduceL1": l1, "ReduceL2": l2}
FORMS = (
    *(Form((name,), partial(simple, op)) for name, op in SIMPLE.items()),
    *(Form((name,), read) for name, read in READERS.items()),
    *(Form((name,), partial(arg, op)) for name, op in (("ArgMax", "argmax"), ("ArgMin", "argmin"))),
)
