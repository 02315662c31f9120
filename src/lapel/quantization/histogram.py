"""`Histogram`: how often a tensor has which values, over any number of batches, in bounded memory."""

from __future__ import annotations

import math

import numpy as np

BINS = 4096
"""Of equal width, over -reach..reach, reach a power of two: at least 1024 lie in the range of the values, so that a
step of int8 has four of them or more."""


class Histogram:
    """Counts of values other than 0, which every range has, and the least and the greatest value, 0 included."""

    def __init__(self) -> None:
        self.lo = self.hi = 0.0
        self.reach = 0.0
        self.counts = np.zeros(BINS, np.int64)

    def see(self, values: np.ndarray) -> None:
        """Finite numbers, of any shape."""
        flat = values.reshape(-1).astype(np.float64)
        lo, hi = float(flat.min()), float(flat.max())
        self.lo, self.hi = min(self.lo, lo), max(self.hi, hi)
        if lo == hi == 0:
            return
        self._reach_beyond(max(-lo, hi))
        used = flat[flat != 0]
        at = np.floor(used * (BINS / 2 / self.reach)).astype(np.int64) + BINS // 2
        self.counts += np.bincount(at, minlength=BINS)

    def _reach_beyond(self, most: float) -> None:
        """Neighbouring bins are joined until the largest magnitude is inside."""
        if most < self.reach:
            return
        reach = 2.0 ** (math.floor(math.log2(most)) + 1)
        if self.reach:
            index = np.arange(BINS) - BINS // 2
            joined = index // min(round(reach / self.reach), BINS)
            self.counts = np.bincount(joined + BINS // 2, self.counts, BINS).astype(np.int64)
        self.reach = reach

    @property
    def centres(self) -> np.ndarray:
        """float64 [BINS]: the middle of each bin."""
        return np.asarray((np.arange(BINS) + 0.5 - BINS / 2) * (2 * self.reach / BINS))
