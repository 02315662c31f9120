"""Noise of equal energy in every octave."""

from __future__ import annotations

import numpy as np

from lapel.wakewords.noises._shaped import shaped


def make(rng: np.random.Generator, count: int) -> np.ndarray:
    """float32 [count], root mean square 1."""
    return shaped(rng, count, 1.0)
