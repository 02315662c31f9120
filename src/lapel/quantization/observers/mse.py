"""The range with the least mean square error: finer steps inside, for what is clipped outside.

The error inside is that of a uniform distribution over a step, step² / 12; outside it is the distance to the end.
"""

from __future__ import annotations

import numpy as np

from lapel.ir import DTYPES
from lapel.quantization.observers import Observer
from lapel.quantization.scales import Range

TRIED = 100
"""Ends of the range on either side, at equal distances between 0 and the outermost value."""


class MeanSquareError(Observer):
    name = "mse"

    def found(self, dtype: str) -> Range:
        seen = self.seen
        if seen.reach == 0:
            return 0.0, 0.0
        steps = int(np.iinfo(DTYPES[dtype]).max) - int(np.iinfo(DTYPES[dtype]).min)
        lows, highs = (end * np.arange(TRIED, -1 if end else TRIED - 1, -1) / TRIED for end in (seen.lo, seen.hi))
        clipped = self._beyond(-lows, -1)[:, None] + self._beyond(highs, 1)[None, :]
        inside = seen.counts.sum() * ((highs[None, :] - lows[:, None]) / steps) ** 2 / 12
        least = np.unravel_index(np.argmin(clipped + inside), clipped.shape)
        return float(lows[least[0]]), float(highs[least[1]])

    def _beyond(self, ends: np.ndarray, sign: int) -> np.ndarray:
        """float64: for each magnitude on that side, the sum of the square distances of what is beyond it."""
        centres, counts = self.seen.centres * sign, self.seen.counts.astype(np.float64)
        out = np.maximum(centres[None, :] - ends[:, None], 0)
        return np.asarray((out**2) @ counts)


OBSERVER = MeanSquareError
