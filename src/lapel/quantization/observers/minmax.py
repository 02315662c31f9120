"""The least and the greatest value: nothing that the data holds is clipped."""

from __future__ import annotations

from lapel.quantization.observers import Observer
from lapel.quantization.scales import Range


class MinMax(Observer):
    name = "minmax"

    def found(self, dtype: str) -> Range:
        return self.seen.lo, self.seen.hi


OBSERVER = MinMax
