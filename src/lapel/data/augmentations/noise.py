"""Normally distributed noise on every value."""

from __future__ import annotations

import numpy as np

from lapel.errors import UsageError


def apply(rng: np.random.Generator, x: np.ndarray, value: float) -> np.ndarray:
    """value: the standard deviation, in the samples' own unit."""
    if not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise UsageError(f"augmentation noise is {value}, expected a standard deviation of 0 or more")
    return x + np.float32(value) * rng.standard_normal(x.shape, np.float32)
