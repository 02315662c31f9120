"""Images distorted smoothly, as by another hand, view or voice. Source: Simard et al. (2003), with a coarser field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from lapel.errors import UsageError

POINTS = 4
"""Along each axis, of those that are moved; between them moves are interpolated."""


def apply(rng: np.random.Generator, x: np.ndarray, value: float | Sequence[float]) -> np.ndarray:
    """value: how many pixels each point moves at most, one number for both axes or one for each.

    Pixels are interpolated, what is outside is 0.
    """
    most = list(value) if isinstance(value, Sequence) else [value, value]
    sizes = x.shape[1:3]
    if x.ndim < 3 or len(most) != 2 or not all(_fits(m, n) for m, n in zip(most, sizes, strict=True)):
        raise UsageError(f"augmentation warp is {value}, expected images and pixels from 0 on, below {sizes}")
    (h, w), borders = sizes, [int(np.ceil(m)) + 1 for m in most]
    moves = [_moves(rng, len(x), h, w, m) for m in most]
    wide = np.pad(x, [(0, 0), *((b, b) for b in borders), *[(0, 0)] * (x.ndim - 3)])
    y0, dy = _parted(moves[0] + np.arange(borders[0], borders[0] + h, dtype=np.float32)[:, None])
    x0, dx = _parted(moves[1] + np.arange(borders[1], borders[1] + w, dtype=np.float32))
    rows, columns = wide.shape[1:3]
    at = (np.arange(len(x))[:, None, None] * rows + y0) * columns + x0
    dy, dx = (d.reshape(*d.shape, *[1] * (x.ndim - 3)) for d in (dy, dx))
    pixels = wide.reshape(-1, *x.shape[3:])
    above, below = (pixels[k] * (1 - dx) + pixels[k + 1] * dx for k in (at, at + columns))
    return np.asarray(above * (1 - dy) + below * dy)


def _fits(most: float, size: int) -> bool:
    return isinstance(most, int | float) and 0 <= most < size


def _moves(rng: np.random.Generator, count: int, h: int, w: int, most: float) -> np.ndarray:
    """float32 [count, h, w]: how far each pixel moves along one axis."""
    points = rng.uniform(-most, most, (count, POINTS, POINTS)).astype(np.float32)
    return np.asarray(_shares(h) @ points @ _shares(w).T)


@cache
def _shares(size: int) -> np.ndarray:
    """float32 [size, POINTS]: of each point at each pixel, linear between points from edge to edge."""
    place = np.linspace(0, POINTS - 1, size)
    return np.asarray(np.clip(1 - np.abs(place[:, None] - np.arange(POINTS)), 0, None), np.float32)


def _parted(place: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The pixel before each place, and how far behind it the place is."""
    before = np.floor(place)
    return before.astype(np.int64), place - before
