"""A cascade: misses against average power of all settings that are the best at something, and the chosen one."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import CascadeBuild, CascadePoint, CascadeTuning
from lapel.reports.axes import Axis, Captions, frame, linear, logarithmic
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import percent, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Dot, Drawing, Shape, line

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960.0, 78.0, 900.0, 34.0, 340.0
MILLIWATT_UW = 1000.0


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel cascade`, where thresholds were tuned."""
    c = dossiers[0].get(CascadeBuild)
    if c is None or c.tuning is None or not c.tuning.points:
        return None
    t = c.tuning
    points = [*t.points, t.alone]
    low, high = min(p.power_uw for p in points), max(p.power_uw for p in points)
    x = logarithmic(
        max(low / 1.3, 1e-3), high * 1.3, LEFT, RIGHT, "average power of what is known, µW →", lambda v: f"{v:g}"
    )
    most = max(p.missed for p in points)
    y = linear(max(1.1 * most, 0.01), BOTTOM, TOP, "words missed", lambda v: f"{100 * v:.3g} %")
    shapes = [*frame(x, y), *_limit(x), *_dots(t, x, y)]
    drawing = Drawing(WIDTH, BOTTOM + 44, tuple(shapes), f"Misses of {shown(c.name)} against its power on {c.target}")
    legend = (
        ("f-one", "settings; larger: more false accepts"),
        ("f-two", "chosen"),
        ("f-muted", "words listen all the time"),
    )
    audio = f"{t.audio}: {t.seconds / 3600:.2f} h with {whole(t.words)} words"
    note = f"By {audio}. Of {whole(t.tried)} settings the best ones."
    return Panel(drawing, _finding(t), note, legend, (_table(t),))


PICTURE = Picture("cascade", "Misses and power", 64, draw)


def _limit(x: Axis) -> Iterator[Shape]:
    if x.scale.low < MILLIWATT_UW < x.scale.high:
        at = x.scale(MILLIWATT_UW)
        yield line(at, BOTTOM, at, TOP, "s-limit", "1 mW")


def _dots(t: CascadeTuning, x: Axis, y: Axis) -> Iterator[Shape]:
    most = max([p.false_accepts for p in t.points] + [1e-9])
    for p in t.points:
        yield Dot(
            x.scale(p.power_uw), y.scale(p.missed), 3 + 6 * (p.false_accepts / most) ** 0.5, "f-one f-veil", _said(p)
        )
    captions = Captions(LEFT, WIDTH, TOP - 4, BOTTOM - 2)
    for p, style, name in ((t.alone, "muted", "all the time"), (t.point, "two", "chosen")):
        px, py = x.scale(p.power_uw), y.scale(p.missed)
        captions.keep(px - 6, py - 6, px + 6, py + 6)
        yield Dot(px, py, 6, f"f-{style} s-paper", _said(p))
        yield from captions.place(px, py, name, "t-small t-clear")


def _said(p: CascadePoint) -> str:
    return (
        f"{percent(p.missed)} missed, {p.false_accepts:.2f} false accepts an hour, {p.power_uw:,.0f} µW, listens "
        f"{percent(p.listened)}"
    )


def _finding(t: CascadeTuning) -> str:
    return f"Chosen ({t.choice}): {_said(t.point)}. The words' model alone, all the time: {_said(t.alone)}."


def _table(t: CascadeTuning) -> Table:
    rows = tuple(
        ("chosen" if k == t.chosen else str(k), percent(p.missed), f"{p.false_accepts:.2f}", f"{p.power_uw:,.1f}",
         percent(p.listened), f"{p.checks:.1f}")
        for k, p in enumerate(t.points)
    )  # fmt: skip
    head = ("setting", "missed", "false accepts an hour", "power, µW", "listens", "checks an hour")
    return Table(head, rows, "Settings as figures")
