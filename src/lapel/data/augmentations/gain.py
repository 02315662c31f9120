"""Each sample times a factor, as of light or loudness."""

from __future__ import annotations

import numpy as np

from lapel.errors import UsageError


def apply(rng: np.random.Generator, x: np.ndarray, value: float) -> np.ndarray:
    """value: how far the factor is from 1 at most, 0..1."""
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(f"augmentation gain is {value}, expected 0..1")
    factors = rng.uniform(1 - value, 1 + value, len(x)).astype(np.float32)
    return x * factors.reshape(-1, *[1] * (x.ndim - 1))
