"""Earlier or later by part of a frame, so that windows cut the word elsewhere."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.errors import UsageError

USUAL = 320


def apply(rng: np.random.Generator, wave: np.ndarray, value: Any) -> np.ndarray:
    """value: the most samples of silence that are put before the wave."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= 16000:
        raise UsageError(f"augmentation shift is {value}, expected samples, 0..16000")
    return np.concatenate([np.zeros(int(rng.integers(value + 1)), np.float32), wave])
