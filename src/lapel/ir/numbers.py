"""Stored integers -> the numbers that they stand for, by the quantization of their type."""

from __future__ import annotations

import numpy as np

from lapel.ir.graph import Type


def numbers(t: Type, q: np.ndarray) -> np.ndarray:
    """float64: what integers of a type stand for."""
    if t.quant is None:
        return q.astype(np.float64)
    scale, zero = along(t, t.quant.scale), along(t, t.quant.zero)
    return np.asarray((q.astype(np.float64) - zero) * scale)


def along(t: Type, values: tuple[float, ...] | tuple[int, ...]) -> np.ndarray:
    """float64: one number for all, or one an index of the quantization axis, in a shape that broadcasts."""
    assert t.quant is not None
    shape = [-1 if a == t.quant.axis else 1 for a in range(len(t.shape))] if t.quant.axis is not None else []
    return np.asarray(values, np.float64).reshape(shape)
