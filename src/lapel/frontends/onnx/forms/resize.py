"""Resize: the nearest value or linear interpolation, at other sizes of axes.

Which values the nearest are is known at import. Where an operator takes the same, it is used, else they are picked axis
by axis. Source: ONNX operator Resize.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends._moves import resize as resized
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor
from lapel.ops.bilinear import real_positions
from lapel.ops.nearest import source_index

COORDINATES: dict[str, Callable[[np.ndarray, int, int, float], np.ndarray]] = {
    "half_pixel": lambda at, x, y, scale: (at + 0.5) / scale - 0.5,
    "half_pixel_symmetric": lambda at, x, y, scale: x / 2 * (1 - y / (scale * x)) + (at + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda at, x, y, scale: (at + 0.5) / scale - 0.5 if y > 1 else 0 * at,
    "align_corners": lambda at, x, y, scale: at * ((x - 1) / (y - 1)) if y > 1 else 0 * at,
    "asymmetric": lambda at, x, y, scale: at / scale,
}
"""(index of y, sizes of x and y, scale) -> place in x."""
ROUNDINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda at: np.ceil(at - 0.5),
    "round_prefer_ceil": lambda at: np.floor(at + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}
FLAGS = ((False, False), (False, True), (True, False))
"""(align_corners, half_pixel) of the operators."""


def resize(view: View) -> Tensor:
    x = view.tensor()
    size, scales = _sizes(view, x.type.shape)
    if any(view.attr(name, 0) for name in ("antialias", "exclude_outside")):
        raise UnsupportedNode("filters what it leaves out, expected neither antialias nor exclude_outside")
    mode = view.only("mode", "nearest", "linear")
    name = view.only("coordinate_transformation_mode", "half_pixel", *COORDINATES)
    places = [
        COORDINATES[name](np.arange(m, dtype=np.float64), n, m, s)
        for n, m, s in zip(x.type.shape, size, scales, strict=True)
    ]
    return (_nearest if mode == "nearest" else _linear)(view, x, size, places)


def _sizes(view: View, shape: tuple[int, ...]) -> tuple[list[int], list[float]]:
    """The whole new shape, and the factor of each axis."""
    axes = view.axes_of(view.attr("axes", None) or range(len(shape)), len(shape))
    size, scales = list(shape), [1.0] * len(shape)
    if view.attr("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise UnsupportedNode("keeps the aspect ratio, expected keep_aspect_ratio_policy stretch")
    if view.has(3) and view.constant(3, "sizes").size:
        for axis, n in zip(axes, view.constant(3, "sizes").reshape(-1), strict=True):
            size[axis], scales[axis] = int(n), int(n) / shape[axis]
    else:
        for axis, s in zip(axes, view.constant(2, "scales").reshape(-1), strict=True):
            size[axis], scales[axis] = math.floor(float(s) * shape[axis]), float(s)
    if min(size) < 1:
        raise UnsupportedNode(f"resizes {list(shape)} to {size}, expected sizes from 1 on: fix the model")
    return size, scales


def _nearest(view: View, x: Tensor, size: list[int], places: list[np.ndarray]) -> Tensor:
    rounding = ROUNDINGS[view.only("nearest_mode", "round_prefer_floor", *ROUNDINGS)]
    picked = [np.clip(rounding(at), 0, n - 1).astype(np.int32) for at, n in zip(places, x.type.shape, strict=True)]
    flags = _flags(
        x.type.shape, size, lambda k, a, h: np.array_equal(picked[k], _taken(x.type.shape[k], size[k], a, h))
    )
    if flags is not None:
        return resized(view.b, x, size[2:], False, *flags, name=view.name)
    for axis, indexes in enumerate(picked):
        if not np.array_equal(indexes, np.arange(x.type.shape[axis])):
            order = view.b.constant(f"{view.name}/indexes", indexes)
            x = view.b.node("gather", x, order, axis=axis, batch=0, name=view.name)
    return x


def _linear(view: View, x: Tensor, size: list[int], places: list[np.ndarray]) -> Tensor:
    def same(k: int, align: bool, half: bool) -> bool:
        there, n = real_positions(x.type.shape[k], size[k], align, half), x.type.shape[k] - 1
        return bool(np.allclose(np.clip(there, 0, n), np.clip(places[k], 0, n), rtol=0, atol=1e-5))

    flags = _flags(x.type.shape, size, same)
    if flags is None:
        raise UnsupportedNode(f"interpolates {list(x.type.shape)} to {size}, expected spatial axes at whole scales")
    return resized(view.b, x, size[2:], True, *flags, name=view.name)


def _taken(x_size: int, y_size: int, align: bool, half: bool) -> np.ndarray:
    return source_index(x_size, y_size, align, half)


def _flags(
    shape: tuple[int, ...], size: list[int], same: Callable[[int, bool, bool], bool]
) -> tuple[bool, bool] | None:
    """Flags with which an operator takes the same places of all spatial axes; None if there are none."""
    if len(shape) not in (3, 4) or list(shape[:2]) != size[:2]:
        return None
    return next((f for f in FLAGS if all(same(k, *f) for k in range(2, len(shape)))), None)


FORMS = (Form(("Resize",), resize),)
