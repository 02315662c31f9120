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
        total = int(seen.counts.sum())
        if total == 0:
            return 0.0, 0.0
        most, width = self.clipped * total, 2 * seen.reach / BINS
        below, above = np.cumsum(seen.counts), np.cumsum(seen.counts[::-1])
        first = int(np.argmax(below > most))  # the bins before it hold that share, or less
        last = BINS - 1 - int(np.argmax(above > most))
        lo, hi = (first - BINS / 2) * width, (last + 1 - BINS / 2) * width
        return min(0.0, max(lo, seen.lo)), max(0.0, min(hi, seen.hi))


OBSERVER = Percentile
