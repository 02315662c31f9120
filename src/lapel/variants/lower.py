"""Streams of what lies below the code of decision trees."""

from __future__ import annotations

import numpy as np

from lapel.families.trees import Inner, Layout, Part, inner_units


class Lower:
    """One stream; what is equal stands there once."""

    def __init__(self, layout: Layout, head: list[int] | None = None) -> None:
        """head: units before all others."""
        self.layout = layout
        self._units: list[int] = head or []
        self._places: dict[tuple[int, ...], int] = {}

    def place(self, part: Part) -> int:
        """Where a node, or a leaf, begins in units."""
        found = tuple(_units(part, self.layout))
        if found not in self._places:
            self._places[found] = len(self._units)
            self._units += found
        return self._places[found]

    def stream(self) -> np.ndarray:
        return np.array(self._units, self.layout.dtype())


def _units(part: Part, layout: Layout) -> list[int]:
    done: dict[int, list[int]] = {}
    todo = [part]
    while todo:
        at = todo[-1]
        if not isinstance(at, Inner):
            done[id(at)] = list(at)
            todo.pop()
            continue
        waiting = [c for c in (at.left, at.right) if id(c) not in done]
        if waiting:
            todo += waiting
            continue
        todo.pop()
        done[id(at)] = inner_units(at.feature, at.threshold, layout, done[id(at.left)], done[id(at.right)])
    return done[id(part)]
