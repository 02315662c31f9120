"""Constants of float nodes as integers: weights, symmetric and per channel, and biases at the scale of the products."""

from __future__ import annotations

import numpy as np

from lapel.errors import UnsupportedNode
from lapel.ir import DTYPES, Quant, Tensor, Type
from lapel.ir.signature import Weights
from lapel.quantization.scales import stored

BIAS_LIMIT = {"int32": 2**30, "int64": 2**38}
"""Magnitude that a bias stays below, which leaves the rest of the accumulator to the products.

Sums of 64 bits end at 2^47, where their rounding does.
"""

MOST_SHIFT = {"int8": 29, "int16": 13}
"""Of the multiplier from sums to the output, by the dtype of x: one less than where the arithmetic ends."""


def widest(rows: np.ndarray, most: int) -> np.ndarray:
    """float64 [O]: the scales at which no weight of a row [K] is clipped."""
    return np.asarray(np.abs(rows).max(axis=1, initial=0.0) / most)


def most_of(dtype: str, bits: int | None = None) -> int:
    """The greatest integer of symmetric weights, of a dtype or of so many bits of it."""
    return int(np.iinfo(DTYPES[dtype]).max) if bits is None else 2 ** (bits - 1) - 1


def weight_rows(w: np.ndarray, axis: int | None) -> np.ndarray:
    """float64 [O, K]: the weights of each channel; all of them in one row where there is one scale."""
    w = w.astype(np.float64)
    return w.reshape(1, -1) if axis is None else np.moveaxis(w, axis, 0).reshape(w.shape[axis], -1)


Limits = tuple[np.ndarray | float, float]
"""The least scale, of all or of each channel, and the greatest."""


def weight_type(w: np.ndarray, operand: Weights, bits: int | None, limits: Limits) -> Type:
    """The type of constant weights that clips none, at scales within limits."""
    dtype = operand.dtypes[0]
    found = within(widest(weight_rows(w, operand.axis), most_of(dtype, bits)), limits)
    return scaled_type(w.shape, dtype, found, operand.axis)


def within(scales: np.ndarray, limits: Limits) -> np.ndarray:
    """float64 [O]: scales within limits."""
    least = np.asarray(limits[0], np.float64)
    fitting = least if least.size in (1, len(scales)) else least.max(initial=0.0)
    return np.minimum(np.maximum(scales, fitting), limits[1])


def scale_limits(x: Type | None, y: Type | None, bias: np.ndarray | None) -> Limits:
    """Limits of the scales of weights: biases fit at the product of scales, and so does the multiplier of the sums.

    Weights that are clipped for the multiplier are those of which one step of x makes more of y than it can hold.
    """
    least: np.ndarray | float = 0.0
    if x is None or x.quant is None:
        return least, np.inf
    if bias is not None:
        least = 2 * (np.abs(bias.astype(np.float64).reshape(-1)) / (x.scale * BIAS_LIMIT["int32"]))
    known = y is not None and y.quant is not None
    return least, 2.0 ** MOST_SHIFT[x.dtype] * y.scale / x.scale if y is not None and known else np.inf


def scaled_type(shape: tuple[int, ...], dtype: str, scales: np.ndarray, axis: int | None) -> Type:
    """Symmetric weights of these scales, in float32; where one is 0, all weights are, and it is 1."""
    found = np.where(scales > 0, scales, 1.0).astype(np.float32)
    found = np.maximum(found, np.finfo(np.float32).tiny).astype(np.float64)
    return Type(shape, dtype, Quant(tuple(found.tolist()), (0,) * len(found), axis))


def quantize_weights(t: Tensor, type_: Type, bits: int | None = None) -> np.ndarray:
    """The integers of weights."""
    assert t.data is not None
    return stored(type_, t.data, most_of(type_.dtype, bits))


def quantize_bias(
    bias: np.ndarray, dtype: str, x_scale: float, weights: Type, *, given: bool = False
) -> tuple[Type, np.ndarray]:
    """(type, integers) of a bias [O] at the product of the scales of x and weights.

    It is clipped only where the scales of weights are at the limit for the multiplier of the sums (`scale_limits`): so
    large a bias alone makes more of y than it can hold. given: the scales are someone else's, and nothing is clipped.
    Raises UnsupportedNode if the dtype cannot hold it then.
    """
    assert weights.quant is not None
    scales = np.asarray(weights.quant.scale, np.float64)
    steps = np.rint(bias.astype(np.float64).reshape(-1) / (x_scale * scales))
    info, limit = np.iinfo(DTYPES[dtype]), BIAS_LIMIT[dtype]
    q = np.clip(steps, info.min, info.max) if given else np.clip(steps, -limit, limit)
    if given and (q != steps).any():
        found = f"bias is {np.abs(steps).max():.3g} steps of the products' scale"
        raise UnsupportedNode(f"{found}, expected what {dtype} holds: quantize the model again")
    products = (np.float32(x_scale) * scales.astype(np.float32)).tolist()
    axis = 0 if len(products) > 1 or (weights.quant.axis is not None and bias.ndim == 1) else None
    quant = Quant(tuple(products), (0,) * len(products), axis)
    return Type(bias.shape, dtype, quant), q.astype(DTYPES[dtype]).reshape(bias.shape)
