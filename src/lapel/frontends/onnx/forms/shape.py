"""Shapes: what gives the same values in another shape or order, and what is known of a static shape."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import permuted, reshaped, spread
from lapel.frontends.onnx.form import Form, Made, Value, View
from lapel.ir import Tensor


def identity(view: View) -> Tensor:
    return view.tensor()


def dropout(view: View) -> tuple[Tensor, np.ndarray]:
    """What is given, and a mask that lets all of it pass."""
    if view.has(2) and bool(view.constant(2, "training_mode")):
        raise UnsupportedNode("is in training mode, expected inference: export the model after model.eval()")
    x = view.tensor()
    return x, np.ones(x.type.shape, np.bool_)


def reshape(view: View) -> Tensor:
    x, wanted = view.tensor(), [int(d) for d in view.constant(1, "shape").reshape(-1)]
    if not view.attr("allowzero", 0):
        wanted = [x.type.shape[k] if d == 0 else d for k, d in enumerate(wanted)]
    known = int(np.prod([d for d in wanted if d != -1]))
    if wanted.count(-1) > 1 or (-1 in wanted and (not known or x.type.size % known)):
        raise UnsupportedNode(f"reshapes {list(x.type.shape)} to {wanted}, expected as many elements: {ADVICE}")
    shape = [x.type.size // known if d == -1 else d for d in wanted]
    if int(np.prod(shape)) != x.type.size:
        raise UnsupportedNode(f"reshapes {list(x.type.shape)} to {wanted}, expected as many elements: {ADVICE}")
    return reshaped(view.b, x, shape, view.name)


ADVICE = "the shape was fixed at export for another batch size, export with a batch of 1"


def flatten(view: View) -> Tensor:
    axis, rank = int(view.attr("axis", 1)), len(view.shape())
    return layers.flatten(view.b, view.tensor(), axis + rank if axis < 0 else axis, view.name)


def squeeze(view: View) -> Tensor:
    x, axes = view.tensor(), view.ints(1, "axes")
    rank = len(x.type.shape)
    gone = view.axes_of(axes, rank) if axes is not None else [a for a, d in enumerate(x.type.shape) if d == 1]
    if any(x.type.shape[a] != 1 for a in gone):
        raise UnsupportedNode(f"removes axes {gone} of {list(x.type.shape)}, expected axes of 1: fix the model")
    return reshaped(view.b, x, [d for a, d in enumerate(x.type.shape) if a not in gone], view.name)


def unsqueeze(view: View) -> Tensor:
    x, axes = view.tensor(), view.ints(1, "axes") or []
    new = view.axes_of(axes, len(x.type.shape) + len(axes))
    rest = iter(x.type.shape)
    shape = [1 if a in new else next(rest) for a in range(len(x.type.shape) + len(axes))]
    return reshaped(view.b, x, shape, view.name)


def transpose(view: View) -> Tensor:
    x = view.tensor()
    perm = view.attr("perm", list(range(len(x.type.shape)))[::-1])
    return permuted(view.b, x, view.axes_of(perm, len(x.type.shape)), view.name)


def expand(view: View) -> Tensor:
    x, wanted = view.tensor(), [int(d) for d in view.constant(1, "shape").reshape(-1)]
    return spread(view.b, x, np.broadcast_shapes(x.type.shape, tuple(wanted)), view.name)


def shape(view: View) -> Value:
    dims = view.shape()
    first, last = int(view.attr("start", 0)), view.attr("end", None)
    return np.array(dims[first : None if last is None else int(last)], np.int64)


def size(view: View) -> Value:
    return np.array(int(np.prod(view.shape())), np.int64)


MOVES: dict[str, Callable[[View], Made]] = {
    "Identity": identity,
    "Dropout": dropout,
    "Reshape": reshape,
    "Flatten": flatten,
    "Squeeze": squeeze,
    "Unsqueeze": unsqueeze,
    "Transpose": transpose,
    "Expand": expand,
}
FORMS = (
    *(Form((name,), read, moves=True) for name, read in MOVES.items()),
    Form(("Shape",), shape),
    Form(("Size",), size),
)
