"""Resize: the nearest value, or interpolation, at other sizes of axes.

Which values the nearest are is known at import. Where an operator takes the same, it is used, else they are picked axis
by axis. So it is with linear interpolation: where no operator has it, and for all else, each axis is multiplied by the
matrix that ONNX's reference evaluator makes of the identity. Source: ONNX operator Resize.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.frontends import _layers as layers
from lapel.frontends._moves import permuted
from lapel.frontends._moves import resize as resized
from lapel.frontends.onnx.folding import fold
from lapel.frontends.onnx.form import Form, View
from lapel.ir import Tensor
from lapel.ops.bilinear import real_positions
from lapel.ops.nearest import source_index

COORDINATES: dict[str, Callable[[np.ndarray, int, float, float], np.ndarray]] = {
    "half_pixel": lambda at, x, y, scale: (at + 0.5) / scale - 0.5,
    "half_pixel_symmetric": lambda at, x, y, scale: x / 2 * (1 - math.floor(y) / y) + (at + 0.5) / scale - 0.5,
    "pytorch_half_pixel": lambda at, x, y, scale: (at + 0.5) / scale - 0.5 if y > 1 else 0 * at,
    "align_corners": lambda at, x, y, scale: at * ((x - 1) / (y - 1)) if y != 1 else 0 * at,
    "asymmetric": lambda at, x, y, scale: at / scale,
}
"""(index of y, size of x, that of y before it is rounded down, scale) -> place in x."""
ROUNDINGS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "round_prefer_floor": lambda at: np.ceil(at - 0.5),
    "round_prefer_ceil": lambda at: np.floor(at + 0.5),
    "floor": np.floor,
    "ceil": np.ceil,
}
MOST_SIZE = 1 << 16
FLAGS = ((False, False), (False, True), (True, False))
"""(align_corners, half_pixel) of the operators."""


def resize(view: View) -> Tensor:
    x = view.tensor()
    size, scales = _sizes(view, x.type.shape)
    name = view.attr("coordinate_transformation_mode", "half_pixel")
    mode = view.only("mode", "nearest", "linear", "cubic")
    if mode == "nearest":
        return _nearest(view, x, size, _places(view.only("coordinate_transformation_mode", *KNOWN), x, size, scales))
    plain = mode == "linear" and name in COORDINATES and not _filters(view)
    flags = _linear_flags(x, size, _places(name, x, size, scales)) if plain else None
    if flags is not None:
        return resized(view.b, x, size[2:], True, *flags, name=view.name)
    for axis, n in enumerate(x.type.shape):
        if size[axis] != n or scales[axis] != 1:
            x = _multiplied(view, x, axis, size[axis], scales[axis])
    return x


KNOWN = ("half_pixel", *(name for name in COORDINATES if name != "half_pixel"))


def _filters(view: View) -> bool:
    """Whether values beyond the ends, or between those that are taken, have a say."""
    return any(view.attr(name, 0) for name in ("antialias", "exclude_outside"))


def _places(name: str, x: Tensor, size: list[int], scales: list[float]) -> list[np.ndarray]:
    """float64, of each axis: where in x the values of y are."""
    axes = zip(x.type.shape, size, scales, strict=True)
    return [COORDINATES[name](np.arange(m, dtype=np.float64), n, s * n, s) for n, m, s in axes]


def _sizes(view: View, shape: tuple[int, ...]) -> tuple[list[int], list[float]]:
    """The whole new shape, and the factor of each axis."""
    axes = view.axes_of(view.attr("axes", None) or range(len(shape)), len(shape))
    size, scales = list(shape), [1.0] * len(shape)
    if view.has(3) and view.constant(3, "sizes").size:
        wanted = [int(n) for n in view.constant(3, "sizes").reshape(-1)]
        policy = view.only("keep_aspect_ratio_policy", "stretch", "not_larger", "not_smaller")
        if policy != "stretch":
            choose = min if policy == "not_larger" else max
            factor = choose(n / shape[a] for a, n in zip(axes, wanted, strict=True))
            wanted = [math.floor(factor * shape[a] + 0.5) for a in axes]
            scales = [factor if a in axes else 1.0 for a in range(len(shape))]
        for axis, n in zip(axes, wanted, strict=True):
            size[axis] = n
            scales[axis] = n / shape[axis] if policy == "stretch" else scales[axis]
    else:
        for axis, s in zip(axes, view.constant(2, "scales").reshape(-1), strict=True):
            size[axis], scales[axis] = math.floor(float(s) * shape[axis]), float(s)
    if min(size) < 1 or max(size) > MOST_SIZE:
        raise UnsupportedNode(f"resizes {list(shape)} to {size}, expected sizes of 1 to {MOST_SIZE}: fix the model")
    return size, scales


def _nearest(view: View, x: Tensor, size: list[int], places: list[np.ndarray]) -> Tensor:
    rounding = ROUNDINGS[view.only("nearest_mode", "round_prefer_floor", *ROUNDINGS)]
    picked = [np.clip(rounding(at), 0, n - 1).astype(np.int32) for at, n in zip(places, x.type.shape, strict=True)]

    def same(k: int, align: bool, half: bool) -> bool:
        return np.array_equal(picked[k], source_index(x.type.shape[k], size[k], align, half))

    flags = _flags(x.type.shape, size, same)
    if flags is not None:
        return resized(view.b, x, size[2:], False, *flags, name=view.name)
    for axis, indexes in enumerate(picked):
        if not np.array_equal(indexes, np.arange(x.type.shape[axis])):
            order = view.b.constant(f"{view.name}/indexes", indexes)
            x = view.b.node("gather", x, order, axis=axis, batch=0, name=view.name)
    return x


def _linear_flags(x: Tensor, size: list[int], places: list[np.ndarray]) -> tuple[bool, bool] | None:
    """Flags with which the operator interpolates at these places."""

    def same(k: int, align: bool, half: bool) -> bool:
        there, n = real_positions(x.type.shape[k], size[k], align, half), x.type.shape[k] - 1
        return bool(np.allclose(np.clip(there, 0, n), np.clip(places[k], 0, n), rtol=0, atol=1e-5))

    return _flags(x.type.shape, size, same)


def _flags(
    shape: tuple[int, ...], size: list[int], same: Callable[[int, bool, bool], bool]
) -> tuple[bool, bool] | None:
    """Flags with which an operator takes the same places of all spatial axes; None if there are none."""
    if len(shape) not in (3, 4) or list(shape[:2]) != size[:2]:
        return None
    return next((f for f in FLAGS if all(same(k, *f) for k in range(2, len(shape)))), None)


def _multiplied(view: View, x: Tensor, axis: int, size: int, scale: float) -> Tensor:
    """One axis at another size: a product with the matrix [size, old size] that the evaluator makes of the identity."""
    if view.attr("coordinate_transformation_mode", "half_pixel") == "tf_crop_and_resize":
        raise UnsupportedNode("crops before it resizes (tf_crop_and_resize), expected a Slice before it")
    n, rank = x.type.shape[axis], len(x.type.shape)
    attrs = {k: v for k, v in view.node.attrs.items() if k not in ("axes", "keep_aspect_ratio_policy")}
    sizes, scales = np.array([size, n], np.int64), np.array([scale, 1], np.float32)
    if view.has(3):
        inputs = [np.eye(n, dtype=np.float32), None, None, sizes]
    else:
        inputs = [np.eye(n, dtype=np.float32), None, scales]
    (matrix,) = fold(replace(view.node, attrs=attrs, outputs=("y",)), inputs)
    perm = [a for a in range(rank) if a != axis] + [axis]
    y = layers.dense(view.b, permuted(view.b, x, perm), view.b.constant(f"{view.name}/matrix", matrix), None, view.name)
    return permuted(view.b, y, [perm.index(a) for a in range(rank)])


FORMS = (Form(("Resize",), resize),)
