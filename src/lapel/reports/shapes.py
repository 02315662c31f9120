"""`Drawing`: what a picture consists of, as data; `lapel.reports.page` makes SVG of it, escaped.

| field | unit | meaning |
|---|---|---|
| x, y, width, height | px | from the top left corner |
| style | | classes of `templates/drawing.css`, separated by blanks: `f-…` fills, `s-…` strokes, `t-…` sets text |
| title | | what is shown on hover; "" for nothing |
"""

from __future__ import annotations

from dataclasses import dataclass

MONO_EM = 0.61
"""Width of a character of the fonts that labels are set in, in ems: all of them are as wide, or narrower."""
SIZES_PX = {"t-tiny": 9.5, "t-small": 10.5, "t-label": 11.5, "t-head": 11.5}
"""Sizes of text by style, as the style sheet has them."""


@dataclass(frozen=True)
class Rect:
    """A rectangle; hatched: its fill is a pattern of lines."""

    x: float
    y: float
    width: float
    height: float
    style: str
    title: str = ""
    hatched: bool = False
    kind: str = "rect"


@dataclass(frozen=True)
class Path:
    """Lines and curves, as the attribute `d` of SVG has them."""

    d: str
    style: str
    title: str = ""
    kind: str = "path"


@dataclass(frozen=True)
class Dot:
    """A circle."""

    x: float
    y: float
    radius: float
    style: str
    title: str = ""
    kind: str = "dot"


@dataclass(frozen=True)
class Text:
    """One line of text; anchor: "start", "middle" or "end" of it is at x, and y is its base line."""

    x: float
    y: float
    text: str
    style: str = "t-label"
    anchor: str = "start"
    title: str = ""
    turned: bool = False
    kind: str = "text"


@dataclass(frozen=True)
class Link:
    """Shapes that lead to an anchor of the page; in a file of its own the picture has no links."""

    to: str
    shapes: tuple[Shape, ...]
    label: str
    kind: str = "link"


@dataclass(frozen=True)
class Anchor:
    """Shapes that a link may lead to."""

    name: str
    shapes: tuple[Shape, ...]
    kind: str = "anchor"


Shape = Rect | Path | Dot | Text | Link | Anchor


@dataclass(frozen=True)
class Drawing:
    """A picture. label: what it shows, in a sentence, for who does not see it."""

    width: float
    height: float
    shapes: tuple[Shape, ...]
    label: str

    @property
    def linked(self) -> bool:
        """Whether there are links in it."""
        return any(map(_linked, self.shapes))


def _linked(shape: Shape) -> bool:
    return isinstance(shape, Link) or (isinstance(shape, Anchor) and any(map(_linked, shape.shapes)))


def line(x1: float, y1: float, x2: float, y2: float, style: str, title: str = "") -> Path:
    """A straight line."""
    return Path(f"M{number(x1)} {number(y1)}L{number(x2)} {number(y2)}", style, title)


def polyline(points: list[tuple[float, float]], style: str, title: str = "") -> Path:
    """Straight lines from point to point."""
    return Path("M" + "L".join(f"{number(x)} {number(y)}" for x, y in points), style, title)


def number(value: float) -> str:
    """A coordinate, to a hundredth of a pixel at most."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def width_of(text: str, style: str = "t-label") -> float:
    """The most that a line of text is wide, in pixels."""
    return len(text) * MONO_EM * SIZES_PX[style.split()[0]]


def fitted(text: str, width: float, style: str = "t-label") -> str:
    """A text that is not wider than that: cut in its middle, where names are alike; "" where nothing is left of it."""
    most = int(width / (MONO_EM * SIZES_PX[style.split()[0]]))
    if len(text) <= most:
        return text
    if most < 4:
        return ""
    tail = (most - 1) // 2
    return f"{text[: most - 1 - tail]}…{text[len(text) - tail :]}"
