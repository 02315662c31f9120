"""Weights of four bits, two a byte: how kernels read them, and whether weights are such."""

from __future__ import annotations

import numpy as np

LEAST, MOST = -8, 7
"""Of a weight of four bits."""


def are_nibbles(w: np.ndarray) -> bool:
    """Whether every weight has four bits."""
    return bool(w.size) and int(w.min()) >= LEAST and int(w.max()) <= MOST


def packed(w: np.ndarray) -> np.ndarray:
    """uint8 [.., (K + 1) / 2] of weights [.., K]: w + 8, the first of two in the lower half; a last one alone has 0."""
    rows = (w.astype(np.int64) - LEAST).astype(np.uint8).reshape(-1, w.shape[-1])
    if rows.shape[1] % 2:
        rows = np.pad(rows, ((0, 0), (0, 1)))
    return np.asarray((rows[:, 0::2] | rows[:, 1::2] << 4).reshape(*w.shape[:-1], -1))


def unpacked(rows: np.ndarray, count: int) -> np.ndarray:
    """int64 [.., count]: the weights that `packed` made of rows of so many."""
    both = rows.astype(np.int64)
    pairs = np.stack([both & 15, both >> 4], axis=-1)
    return np.asarray(pairs.reshape(*rows.shape[:-1], -1)[..., :count] + LEAST)
