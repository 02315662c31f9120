"""The range without the share of values at either end that may be clipped: outliers do not make steps coarse.

Zeros are exact in any range and do not count.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from lapel.quantization.histogram import BINS
from lapel.quantization.observers import Observer
from lapel.quantization.scales import Range


class Percentile(Observer):
    name = "percentile"
    clipped: ClassVar[float] = 1e-4
    """Share of the values that is beyond each end, at the most."""

    def found(self, dtype: str) -> Range:
        seen = self.seen
        if not seen.counts.any():
            return 0.0, 0.0
        lo, hi = self._end(seen.counts), -self._end(seen.counts[::-1])
        return min(0.0, max(lo, seen.lo)), max(0.0, min(hi, seen.hi))

    def _end(self, counts: np.ndarray) -> float:
        """Below which that share of the values lies, evenly within a bin."""
        most, below = self.clipped * counts.sum(), np.cumsum(counts)
        at = int(np.argmax(below > most))
        part = (most - (below[at] - counts[at])) / counts[at]
        return float((at + part - BINS / 2) * 2 * self.seen.reach / BINS)


OBSERVER = Percentile
