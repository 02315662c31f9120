"""A band of rows and one of columns replaced by the sample's mean. Source: Park et al. (2019), SpecAugment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UsageError


def apply(rng: np.random.Generator, x: np.ndarray, value: int | Sequence[int]) -> np.ndarray:
    """value: the most rows and columns, one number for both or one for each."""
    most = list(value) if isinstance(value, Sequence) else [value, value]
    if (
        x.ndim < 3
        or len(most) != 2
        or not all(isinstance(m, int) and 0 <= m < n for m, n in zip(most, x.shape[1:3], strict=True))
    ):
        raise UsageError(f"augmentation mask is {value}, expected images and widths 0 or more, below {x.shape[1:3]}")
    covered = np.zeros(x.shape[:3], bool)
    for axis, widest in enumerate(most):
        size = x.shape[1 + axis]
        width = rng.integers(0, widest + 1, len(x))
        start = rng.integers(0, size - width + 1)
        at = np.arange(size)
        band = (at >= start[:, None]) & (at < (start + width)[:, None])
        covered |= band[:, :, None] if axis == 0 else band[:, None, :]
    covered = covered.reshape(*covered.shape, *[1] * (x.ndim - 3))
    return np.where(covered, x.mean(axis=tuple(range(1, x.ndim)), keepdims=True), x)
