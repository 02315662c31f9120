"""Steps of weights of few bits: where clipping some is better than rounding all of them coarsely."""

from __future__ import annotations

import numpy as np

CANDIDATES = 64
"""Scales that are tried, from a small share of the widest up to it."""


def nearest_scales(rows: np.ndarray, most: int) -> np.ndarray:
    """float64 [O]: of weights [O, K], the scales at which their integers, at most so great, are nearest to them."""
    widest = np.abs(rows).max(axis=1) / most
    best, error = widest.copy(), np.full(len(rows), np.inf)
    for share in np.linspace(0.1, 1, CANDIDATES):
        scale = np.where(widest > 0, widest * share, 1.0)[:, None]
        found = ((np.clip(np.rint(rows / scale), -most, most) * scale - rows) ** 2).sum(axis=1)
        better = found < error
        best[better], error[better] = scale[better, 0], found[better]
    return best
