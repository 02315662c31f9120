"""Integer thresholds that decide as float ones do, for every number that an input can stand for.

A tree goes left where seen(x) <= threshold: x behind scalers, in float32 or not. None of that falls, so there is a
greatest code that still goes left, which bisection finds by asking for what the tree sees.
"""

from __future__ import annotations

import numpy as np

from lapel.ensembles.ensemble import Transform
from lapel.ensembles.grid import Grid

AT_ONCE = 4096
"""Rows that the transform is asked for at a time."""


def limits(grid: Grid, seen: Transform, features: int, feature: np.ndarray, threshold: np.ndarray) -> np.ndarray:
    """int64 [M]: of each pair of feature and threshold the greatest code that goes left; one less than the least code
    where none does."""
    pairs, places = np.unique(np.stack([feature.astype(np.float64), threshold], axis=1), axis=0, return_inverse=True)
    found = [_limits(grid, seen, features, pairs[k : k + AT_ONCE]) for k in range(0, len(pairs), AT_ONCE)]
    return np.concatenate([np.zeros(0, np.int64), *found])[places.reshape(-1)]


def _limits(grid: Grid, seen: Transform, features: int, pairs: np.ndarray) -> np.ndarray:
    column, threshold = pairs[:, 0].astype(np.int64), pairs[:, 1]
    rows = np.arange(len(pairs))
    left, right = np.full(len(pairs), grid.low - 1), np.full(len(pairs), grid.high + 1)
    while (right - left > 1).any():
        middle = left + (right - left) // 2
        asked = np.clip(middle, grid.low, grid.high)
        x = np.zeros((len(pairs), features))
        x[rows, column] = grid.numbers(asked)
        goes = seen(x)[rows, column] <= threshold
        left, right = np.where(goes, middle, left), np.where(goes, right, middle)
    return left
