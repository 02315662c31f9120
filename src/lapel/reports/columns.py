"""Steps as columns of a picture: as wide as the time that they take, and wide enough to be seen."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lapel.reports.firmware import Firmware
from lapel.reports.shapes import MONO_EM, SIZES_PX, Shape, Text, fitted

LEAST_PX = 9.0
"""Width of a column whose step takes no time."""
LEAST_SHARE = 0.3
"""Of the whole width, what such widths may take together, up to which the picture stays as wide as the others."""
BEFORE_PX = 26.0
"""Width of what is before the first step, when inputs are written."""


@dataclass(frozen=True)
class Columns:
    """edges: of step k from edges[k] to edges[k + 1], px. start: of what is before the first step."""

    start: float
    edges: tuple[float, ...]

    def span(self, first: int, last: int) -> tuple[float, float]:
        """From the start of one step, -1 for before all, to the end of another, behind which nothing is drawn."""
        left = self.start if first < 0 else self.edges[min(first, len(self.edges) - 1)]
        return left, self.edges[min(last + 1, len(self.edges) - 1)]

    @property
    def end(self) -> float:
        """Of the last one."""
        return self.edges[-1]


def columns(fw: Firmware, left: float, width: float) -> Columns:
    """Of all steps; wider than `width` only where there are too many steps for it."""
    times = [0 if t is None else t.value for t in fw.times]
    count, whole = max(1, len(times)), sum(times)
    least = max(min(LEAST_PX, LEAST_SHARE * width / count), 3.0)
    room = max(width - BEFORE_PX, count * least / LEAST_SHARE if count * least > LEAST_SHARE * width else 0)
    left_over = room - count * least
    edges = [left + BEFORE_PX]
    for time in times:
        edges.append(edges[-1] + least + left_over * (time / whole if whole else 1 / count))
    return Columns(left, tuple(edges))


def heads(fw: Firmware, cols: Columns, y: float) -> Iterator[Shape]:
    """Numbers of the steps and, where there is room, their operators below."""
    yield Text((cols.start + cols.edges[0]) / 2, y, "in", "t-small t-muted", "middle", "before the first step")
    shown = cols.edges[0]
    for k, step in enumerate(fw.plan.steps):
        left, right = cols.span(k, k)
        middle, wide = (left + right) / 2, (len(str(k)) + 1) * MONO_EM * SIZES_PX["t-small"]
        if middle - wide / 2 >= shown:
            yield Text(middle, y, str(k), "t-small t-muted", "middle", f"step {k}: {step.op}, {fw.labels[k]}")
            shown = middle + wide / 2
        op = fitted(step.op, right - left - 4, "t-small")
        if op == step.op:
            yield Text(middle, y + 13, op, "t-small t-muted", "middle")
