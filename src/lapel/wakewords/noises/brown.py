"""Noise that falls by 6 dB an octave, as wind and traffic far away."""

from __future__ import annotations

import numpy as np

from lapel.wakewords.noises._shaped import shaped


def make(rng: np.random.Generator, count: int) -> np.ndarray:
    """float32 [count], root mean square 1."""
    return shaped(rng, count, 2.0)
