"""`Seen`: what calibration keeps of one tensor's values."""

from __future__ import annotations

import numpy as np

from lapel.quantization.histogram import Histogram


class Seen:
    """histogram: of all values. mean, variance: float64 of the tensor's shape, over samples. lo, hi: float64 [C], of
    each channel (the last axis), 0 included."""

    def __init__(self) -> None:
        self.histogram = Histogram()
        self.count = 0
        self.mean: np.ndarray = np.zeros(())
        self.lo: np.ndarray = np.zeros(())
        self.hi: np.ndarray = np.zeros(())
        self._squares: np.ndarray = np.zeros(())

    def see(self, values: np.ndarray) -> None:
        """Finite numbers, of the same shape every time."""
        self.histogram.see(values)
        x = values.astype(np.float64)
        self.count += 1
        before, self.mean = self.mean, self.mean + (x - self.mean) / self.count
        self._squares = self._squares + (x - before) * (x - self.mean)  # Welford's sums lose no digits
        rows = x.reshape(-1, x.shape[-1] if x.ndim else 1)
        self.lo, self.hi = np.minimum(self.lo, rows.min(axis=0)), np.maximum(self.hi, rows.max(axis=0))

    @property
    def variance(self) -> np.ndarray:
        """Over samples, of each element."""
        return self._squares / max(1, self.count)

    @property
    def magnitude(self) -> np.ndarray:
        """float64 [C]: the greatest magnitude of each channel."""
        return np.maximum(-self.lo, self.hi)
