"""Logistic and tanh of 16-bit fixed-point numbers: linear interpolation in one table, as TFLite has them.

The table is the logistic function at i/24 in units of 2^-16. tanh(v) = 2 · logistic(2v) - 1 reads the same one at half
the distance, and negative numbers are mirrored. All functions take and return int64 arrays; docs/SPEC.md §5.
Source: `tensorflow/lite/kernels/internal/reference/integer_ops/{logistic,tanh}.h`.
"""

from __future__ import annotations

import numpy as np

UNIT = 3 << 12
"""1.0 of an input: Q3.12 times three, so that a step of the table is 512 of it."""

_ABOVE_NEAREST = (
    *(4, 8, 12, 14, 15, 16, 17, 19, 20, 21, 22, 25, 27, 28, 29, 30, 31, 33, 34, 35, 37, 39, 40, 41, 43, 44, 45, 46),
    *(49, 50, 54, 62, 63, 64, 66, 82, 86, 93, 100, 103, 112, 116, 135, 255),
)
"""Where TFLite's table has one more than the nearest integer."""


def _sigmoid_table() -> np.ndarray:
    table = np.floor(65536 / (1 + np.exp(-np.arange(256) / 24)) + 0.5)
    table[list(_ABOVE_NEAREST)] += 1
    return table.astype(np.uint16)


SIGMOID = _sigmoid_table()
"""uint16 [256]."""


def _interpolate(magnitude: np.ndarray, bits: int) -> np.ndarray:
    """The table at magnitude / 2^bits, times 2^bits, for magnitudes before its last step."""
    table, step = SIGMOID.astype(np.int64), np.minimum(magnitude >> bits, 254)
    return (table[step] << bits) + (magnitude & ((1 << bits) - 1)) * (table[step + 1] - table[step])


def logistic16(v: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-v / UNIT)) in Q0.15; v: int32 values."""
    v = np.asarray(v, np.int64)
    magnitude = np.abs(v)
    result = np.where(magnitude >> 9 >= 255, 0x7FFF << 10, _interpolate(magnitude, 9))
    return np.where(v >= 0, result + (1 << 9), (1 << 25) - result + (1 << 9) - 1) >> 10


def tanh16(v: np.ndarray) -> np.ndarray:
    """tanh(v / UNIT) in Q0.15; v: int32 values."""
    v = np.asarray(v, np.int64)
    magnitude = np.abs(v)
    result = np.where(magnitude >> 8 >= 255, 0xFFFF << 8, _interpolate(magnitude, 8)) - (1 << 23)
    return np.where(v >= 0, result + (1 << 7), -result + (1 << 7) - 1) >> 8
