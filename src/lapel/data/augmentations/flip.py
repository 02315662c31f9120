"""Half of the images mirrored."""

from __future__ import annotations

import numpy as np

from lapel.errors import UsageError

AXES = {"horizontal": 2, "vertical": 1}


def apply(rng: np.random.Generator, x: np.ndarray, value: str) -> np.ndarray:
    """value: `horizontal` or `vertical`."""
    if value not in AXES or x.ndim < 3:
        raise UsageError(f"augmentation flip is {value!r}, expected images and {' or '.join(AXES)}")
    return np.where(_flags(rng, x), np.flip(x, AXES[value]), x)


def _flags(rng: np.random.Generator, x: np.ndarray) -> np.ndarray:
    return (rng.random(len(x)) < 0.5).reshape(-1, *[1] * (x.ndim - 1))
