"""The least and the greatest value: nothing that the data holds is clipped."""

from __future__ import annotations

import numpy as np

from lapel.quantization.observers import Observer
from lapel.quantization.scales import Range


class MinMax(Observer):
    name = "minmax"

    def __init__(self) -> None:
        self.lo = self.hi = 0.0

    def see(self, values: np.ndarray) -> None:
        self.lo, self.hi = min(self.lo, float(values.min())), max(self.hi, float(values.max()))

    def found(self, dtype: str) -> Range:
        return self.lo, self.hi


OBSERVER = MinMax
