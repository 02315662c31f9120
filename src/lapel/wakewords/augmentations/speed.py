"""Faster and higher, or slower and lower, as another speaker: the wave is resampled."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.wakewords import augmentations

USUAL = (0.88, 1.14)


def apply(rng: np.random.Generator, wave: np.ndarray, value: Any) -> np.ndarray:
    """value: least and greatest factor of the speed; samples in between are on a line, which dulls the top octave."""
    low, high = augmentations.pair("speed", value, 0.5, 2)
    factor = rng.uniform(low, high)
    places = np.arange(0, max(len(wave) - 1, 1), factor)
    return np.interp(places, np.arange(len(wave)), wave).astype(np.float32)
