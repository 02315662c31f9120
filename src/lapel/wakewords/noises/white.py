"""Noise of equal energy at every frequency."""

from __future__ import annotations

import numpy as np


def make(rng: np.random.Generator, count: int) -> np.ndarray:
    """float32 [count], root mean square about 1."""
    return rng.standard_normal(count, np.float32)
