"""Stack by level of optimization: firmware that is built into a project of one's own has that project's."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import Build, Stack
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, whole
from lapel.reports.picture import Panel, Picture
from lapel.reports.shapes import Drawing, Rect, Shape, Text, line

WIDTH, NAME, BAR, BAR_END, ROW = 960.0, 0.0, 190.0, 860.0, 24.0


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a build that was written into a folder, for which all levels are measured."""
    build = dossiers[0].get(Build)
    known = [] if build is None else [s for s in build.stacks if s.bytes is not None]
    if build is None or len(known) < 2:
        return None
    bars = Scale(0, max(_most(s) for s in known), BAR, BAR_END)
    shapes = [shape for k, s in enumerate(known) for shape in _row(s, k * ROW, bars)]
    label = f"Stack of {shown(build.model)} by level of optimization"
    most, finding = build.stack_worst_bound_bytes, f"At most {whole(build.stack_worst_bytes or 0)} bytes were needed"
    finding += "." if most is None else f"; {whole(most)} can be, whatever the input is and the compiler is told."
    note = "Bars: painted on the emulated core, below the call of the function. Lines: the worst case by the code."
    return Panel(Drawing(WIDTH, len(known) * ROW + 4, tuple(shapes), label), finding, note)


PICTURE = Picture("stacks", "Stack by level of optimization", 15, draw)


def _row(s: Stack, y: float, bars: Scale) -> Iterator[Shape]:
    yield Text(NAME, y + 16, f"{s.function} {s.option}", "t-label")
    yield Rect(BAR, y + 4, bars(s.bytes or 0) - BAR, 15, "f-stack", f"{whole(s.bytes or 0)} bytes")
    yield Text(bars(_most(s)) + 8, y + 16, whole(s.bytes or 0), "t-label t-muted")
    yield line(bars(_most(s)), y + 2, bars(_most(s)), y + 21, "s-ink")
    yield line(BAR, y, BAR, y + ROW, "s-rule")


def _most(s: Stack) -> int:
    """The worst case, or what was measured where that is not known."""
    known = None if s.bound is None else s.bound.bytes
    return (s.bytes or 0) if known is None else known
