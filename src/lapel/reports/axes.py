"""Axes of pictures that have two: ticks, lines of the grid, limits, and labels that keep out of each other's way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lapel.reports.numbers import Scale, decades, ticks
from lapel.reports.shapes import Shape, Text, line, width_of

STYLES = ("one", "two", "three", "four", "five", "six")
"""Colors of things side by side: `f-one` fills, `s-one` strokes."""


@dataclass(frozen=True)
class Axis:
    """scale: numbers -> px. title: what it shows, with its unit. write: a tick's text. marks: its ticks."""

    scale: Scale
    title: str
    write: Callable[[float], str]
    marks: Sequence[float]


def linear(high: float, start: float, end: float, title: str, write: Callable[[float], str], low: float = 0) -> Axis:
    """From `low` (0, or a tick itself) to `high`."""
    marks = [low + t for t in ticks(high - low, 6)]
    return Axis(Scale(low, high, start, end), title, write, marks)


def logarithmic(
    low: float, high: float, start: float, end: float, title: str, write: Callable[[float], str], most: int = 9
) -> Axis:
    """From `low` to `high`, both above 0."""
    return Axis(Scale(low, high, start, end, log=True), title, write, decades(low, high, most))


def frame(x: Axis, y: Axis) -> Iterator[Shape]:
    """Grid, ticks and titles; the title of the upright axis stands above it."""
    left, right = sorted((x.scale.start, x.scale.end))
    bottom, top = y.scale.start, y.scale.end
    for mark in y.marks:
        yield line(left, y.scale(mark), right, y.scale(mark), "s-grid")
        yield Text(left - 8, y.scale(mark) + 3.5, y.write(mark), "t-small t-muted", "end")
    shown = -1e9
    for mark in sorted(x.marks, key=x.scale):
        at, text = x.scale(mark), x.write(mark)
        yield line(at, bottom, at, top, "s-grid")
        if at - width_of(text, "t-small") / 2 > shown + 4:
            yield Text(at, bottom + 16, text, "t-small t-muted", "middle")
            shown = at + width_of(text, "t-small") / 2
    yield line(left, bottom, right, bottom, "s-rule")
    yield Text(left, top - 12, y.title, "t-small t-muted")
    yield Text(right, bottom + 34, x.title, "t-small t-muted", "end")


@dataclass
class Captions:
    """Texts beside points: each in the first of some places where it is over no other; none where there is no room."""

    left: float
    right: float
    top: float
    bottom: float

    def __post_init__(self) -> None:
        self.taken: list[tuple[float, float, float, float]] = []

    def keep(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """No text goes there."""
        self.taken.append((x1, y1, x2, y2))

    def keep_line(self, x1: float, y1: float, x2: float, y2: float) -> None:
        """No text goes over a line, as far as that is nearly level: others are crossed in a few places."""
        if abs(y2 - y1) < 0.2 * abs(x2 - x1):
            self.keep(min(x1, x2), min(y1, y2) - 2, max(x1, x2), max(y1, y2) + 2)

    def place(self, x: float, y: float, text: str, style: str = "t-small") -> Iterator[Text]:
        """Beside a point: right, left, above or below."""
        wide = width_of(text, style)
        for dx, dy, anchor in ((9, 4, "start"), (-9, 4, "end"), (0, -9, "middle"), (0, 18, "middle"),
                               (9, -9, "start"), (9, 17, "start"), (-9, -9, "end"), (-9, 17, "end")):  # fmt: skip
            start = x + dx - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
            box = (start - 2, y + dy - 11, start + wide + 2, y + dy + 4)
            if self._free(box):
                self.taken.append(box)
                yield Text(x + dx, y + dy, text, style, anchor)
                return

    def _free(self, box: tuple[float, float, float, float]) -> bool:
        inside = box[0] >= self.left and box[2] <= self.right and box[1] >= self.top and box[3] <= self.bottom
        return inside and not any(
            box[0] < t[2] and t[0] < box[2] and box[1] < t[3] and t[1] < box[3] for t in self.taken
        )
