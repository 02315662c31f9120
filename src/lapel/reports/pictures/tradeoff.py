"""Flash against RAM of all builds and estimates of a report, larger where slower, and what boards have as limits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lapel.errors import shown
from lapel.records import Estimate, ProgramBuild
from lapel.reports.axes import STYLES, Captions, frame, logarithmic
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import duration, round_size, short, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Dot, Drawing, Shape, Text, polyline
from lapel.reports.tiles import known_target
from lapel.targets import Target, list_targets, load_target

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960.0, 78.0, 930.0, 34.0, 400.0
LEAST_R, MOST_R = 5.0, 16.0
LIMITS = 7
"""Boards that are drawn: with the same cores and, of equal memories, the first."""


@dataclass(frozen=True)
class Point:
    """A firmware: its name, bytes, time and what that is, and whether it was built."""

    name: str
    target: str
    core: str
    flash: int
    ram: int
    time: int | None
    unit: str
    built: bool


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of builds, and of estimates, of which the arena is all of the RAM that is known."""
    points = list(_points(dossiers))
    if not points:
        return None
    boards = _boards({p.core for p in points}, {p.target for p in points})
    flashes = [p.flash for p in points] + [b.flash_bytes or 1 for b in boards]
    rams = [p.ram for p in points] + [b.ram_bytes or 1 for b in boards]
    pad = 1.6 if boards else 4.0
    x = logarithmic(min(flashes) / pad, max(flashes) * pad, LEFT, RIGHT, "flash, bytes →", short)
    y = logarithmic(max(min(rams) / pad, 1), max(rams) * pad, BOTTOM, TOP, "RAM, bytes", short)
    captions = Captions(LEFT, WIDTH, TOP - 6, BOTTOM - 2)
    shapes: list[Shape] = [*frame(x, y)]
    for b in boards:
        right, top = x.scale(b.flash_bytes or 1), y.scale(b.ram_bytes or 1)
        said = f"{b.name}: {round_size(b.flash_bytes or 0)} of flash, {round_size(b.ram_bytes or 0)} of RAM"
        shapes.append(polyline([(LEFT, top), (right, top), (right, BOTTOM)], "s-rule s-limits", said))
    shapes += list(_dots(points, x.scale, y.scale, captions))
    for b in boards:
        shapes += captions.place(
            x.scale(b.flash_bytes or 1), y.scale(b.ram_bytes or 1), b.name, "t-small t-muted t-clear"
        )
    drawing = Drawing(WIDTH, BOTTOM + 44, tuple(shapes), "Flash and RAM of each firmware, and what boards have")
    note = "Lines: what a board has; a firmware fits if it is below and left of them. " if boards else ""
    note += "Larger dots take more time." if len(points) > 1 else ""
    if any(not p.built for p in points):
        note += " Hollow: estimated, not built; their RAM is the arena alone."
    legend = tuple((f"f-{STYLES[k % len(STYLES)]}", f"{k + 1} {p.name}") for k, p in enumerate(points))
    return Panel(drawing, _finding(points, boards), note, legend, (_table(points),))


PICTURE = Picture("tradeoff", "Flash, RAM and time", 70, draw, "all")


def _points(dossiers: tuple[Dossier, ...]) -> Iterator[Point]:
    programs: set[int] = set()
    for d in dossiers:
        fw, e = d.firmware, d.get(Estimate)
        program = d.get(ProgramBuild)
        if program is not None:  # one firmware of several models
            if id(program) not in programs:
                m, name = program.memory, f"{shown(program.program)} on {program.target}"
                yield Point(name, program.target, program.core, m.flash_bytes, m.ram_bytes, None, "", True)
            programs.add(id(program))
        elif fw is not None and fw.recipe is not None:
            time = None if fw.total is None else fw.total.value
            yield Point(d.title, fw.target, fw.core, fw.memory.flash_bytes, fw.memory.ram_bytes, time, fw.unit, True)
        elif e is not None and e.flash_bytes is not None:
            name = f"{shown(e.model)} on {e.target}, {e.wish.optimize}"
            yield Point(name, e.target, e.core, e.flash_bytes, max(1, e.arena_bytes), e.time, e.unit or "", False)


def _boards(cores: set[str], targets: set[str]) -> list[Target]:
    """Boards with known memories: those that are targets, and others with these cores."""
    found = [t for name in targets if (t := known_target(name)) is not None and t.kind == "board"]
    others = [t for t in map(load_target, list_targets()) if t.kind == "board" and t.core in cores]
    by_size: dict[tuple[int | None, int | None], Target] = {}
    for t in [*sorted(found, key=lambda t: t.name), *others]:
        if t.flash_bytes and t.ram_bytes:
            by_size.setdefault((t.flash_bytes, t.ram_bytes), t)
    return list(by_size.values())[:LIMITS]


def _dots(points: list[Point], x: object, y: object, captions: Captions) -> Iterator[Shape]:
    assert callable(x) and callable(y)
    slowest = max((p.time or 0 for p in points), default=0)
    places = []
    for k, p in enumerate(points):
        radius = LEAST_R + (MOST_R - LEAST_R) * ((p.time or 0) / slowest) ** 0.5 if slowest else LEAST_R
        style = STYLES[k % len(STYLES)]
        fill = f"f-{style} f-veil s-{style}" if p.built else f"f-none s-{style} s-thick"
        places.append((x(p.flash), y(p.ram), radius))
        yield Dot(*places[-1], fill, f"{p.name}: {whole(p.flash)} bytes of flash, {whole(p.ram)} of RAM{_time(p)}")
    for px, py, radius in places:
        captions.keep(px - radius, py - radius, px + radius, py + radius)
    for k, (px, py, radius) in enumerate(places):
        style = STYLES[k % len(STYLES)]
        yield from _numbered(captions, px, py, radius, str(k + 1), f"t-small t-{style} t-clear")


def _numbered(captions: Captions, x: float, y: float, radius: float, number: str, style: str) -> Iterator[Text]:
    """Beside the dot, further away for a larger one; to any side where others leave room."""
    side = radius - LEAST_R
    for dx, dy in ((side, 0), (-side, 0), (0, -side), (0, side)):
        found = list(captions.place(x + dx, y + dy, number, style))
        if found:
            yield from found
            return


def _time(p: Point) -> str:
    if p.time is None:
        return ""
    board = known_target(p.target)
    clock = board.clock_hz if board else None
    at = f" ({duration(p.time * 1e6 / clock)})" if clock and p.unit.endswith("cycles") else ""
    return f", {whole(p.time)} {p.unit}{at}"


def _finding(points: list[Point], boards: list[Target]) -> str:
    if len(points) > 1:
        least = min(points, key=lambda p: p.ram), min(points, key=lambda p: p.flash)
        said = f"Least RAM: {least[0].name}, {whole(least[0].ram)} bytes. Least flash: {least[1].name}, "
        return f"{said}{whole(least[1].flash)} bytes."
    (p,) = points
    room = [b.name for b in boards if (b.flash_bytes or 0) >= p.flash and (b.ram_bytes or 0) >= p.ram]
    if not boards:
        return f"{whole(p.flash)} bytes of flash and {whole(p.ram)} of RAM; no board with {p.core} is known."
    return f"Of {len(boards)} sizes of boards with {p.core}, {len(room)} have room for it."


def _table(points: list[Point]) -> Table:
    rows = tuple((p.name, whole(p.flash), whole(p.ram), _time(p).removeprefix(", ") or "not known") for p in points)
    return Table(("firmware", "flash, bytes", "RAM, bytes", "time of one inference"), rows, "The same as figures")
