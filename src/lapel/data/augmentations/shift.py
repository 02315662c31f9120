"""Images moved by up to so many pixels each way, signals by up to so many steps; what is left free is 0."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UsageError


def apply(rng: np.random.Generator, x: np.ndarray, value: int | Sequence[int]) -> np.ndarray:
    """value: the most steps, one number for both axes of an image or one for each."""
    axes = 2 if x.ndim > 3 else 1
    most = list(value) if isinstance(value, Sequence) else [value] * axes
    if len(most) != axes or not all(isinstance(m, int) and 0 <= m < n for m, n in zip(most, x.shape[1:], strict=False)):
        raise UsageError(f"augmentation shift is {value}, expected steps 0 or more, below {x.shape[1 : 1 + axes]}")
    pads = [(0, 0), *((m, m) for m in most), *[(0, 0)] * (x.ndim - 1 - axes)]
    wide = np.pad(x, pads)
    moved = [rng.integers(0, 2 * m + 1, len(x)) for m in most]
    places = [start[:, None] + np.arange(n) for start, n in zip(moved, x.shape[1:], strict=False)]
    sample = np.arange(len(x))
    if axes == 1:
        return wide[sample[:, None], places[0]]
    return wide[sample[:, None, None], places[0][:, :, None], places[1][:, None, :]]
