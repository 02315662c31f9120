"""Builds side by side, layer by layer: time and flash of each of them, and where the first differs from the others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lapel.reports.axes import STYLES
from lapel.reports.dossier import Dossier
from lapel.reports.firmware import Firmware
from lapel.reports.numbers import Scale, percent, short, whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Rect, Shape, Text, fitted, line

WIDTH, TOP, BAR = 960.0, 30.0, 11.0
NAME, TIME, TIME_END, FLASH, FLASH_END = 0.0, 250.0, 540.0, 660.0, 850.0
MOST, BUILDS = 80, 6
"""Rows, and builds, that are drawn."""
LEAST_CHANGE = 0.005
"""That is written: half a percent."""


@dataclass(frozen=True)
class Row:
    """A layer in each build; None where one has no layer of that name. name: its label; layers: their numbers."""

    name: str
    layers: tuple[int | None, ...]


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of several builds in which time is of one unit."""
    found = [(d, d.firmware) for d in dossiers if d.firmware is not None and d.firmware.total is not None]
    if len(found) < 2:
        return None
    fws = [fw for _, fw in found][:BUILDS]
    titles = [d.title for d, _ in found][:BUILDS]
    rows = _chosen(fws, _rows(fws))
    times = [t.value for fw in fws for t in fw.times if t is not None]
    sizes = [size for fw in fws for size in fw.flash if size is not None]
    time = Scale(0, max([*times, 1]), TIME, TIME_END)
    flash = Scale(0, max([*sizes, 1]), FLASH, FLASH_END)
    height = BAR * len(fws) + 14
    shapes = [*_heads(fws), *(s for k, row in enumerate(rows) for s in _row(fws, row, TOP + k * height, time, flash))]
    drawing = Drawing(WIDTH, TOP + len(rows) * height + 6, tuple(shapes), "Builds side by side, layer by layer")
    legend = tuple((f"f-{STYLES[k]}", title) for k, title in enumerate(titles))
    note = "Layers of one name stand together. In percent: the last build against the first."
    if len({fw.unit for fw in fws}) > 1:
        note += f" Their times are not of one kind: {', '.join(dict.fromkeys(fw.unit for fw in fws))}."
    return Panel(drawing, _finding(fws, titles), note, legend, (_table(fws, titles),))


PICTURE = Picture("difference", "Layer by layer", 5, draw, "all")


def _rows(fws: Sequence[Firmware]) -> list[Row]:
    """All layers: in the order of the first build, then what only others have."""
    places = [{label: k for k, label in enumerate(fw.labels)} for fw in fws]
    names = dict.fromkeys(label for fw in fws for label in fw.labels)
    return [Row(name, tuple(p.get(name) for p in places)) for name in names]


def _chosen(fws: Sequence[Firmware], rows: list[Row]) -> list[Row]:
    """Those with most time in any build, and all if there is room for them."""
    kept = sorted(sorted(range(len(rows)), key=lambda k: -max(_times(fws, rows[k])))[:MOST])
    return [rows[k] for k in kept]


def _times(fws: Sequence[Firmware], row: Row) -> list[int]:
    found = [0 if k is None or (t := fw.times[k]) is None else t.value for fw, k in zip(fws, row.layers, strict=True)]
    return found


def _heads(fws: Sequence[Firmware]) -> Iterator[Shape]:
    unit = fws[0].unit if len({fw.unit for fw in fws}) == 1 else "time"
    yield Text(NAME, 16, "layer and kernels", "t-small t-muted")
    yield Text(TIME, 16, unit, "t-small t-muted")
    yield Text(FLASH, 16, "flash of its own, bytes", "t-small t-muted")
    yield line(0, TOP - 6, WIDTH, TOP - 6, "s-rule")


def _row(fws: Sequence[Firmware], row: Row, y: float, time: Scale, flash: Scale) -> Iterator[Shape]:
    middle = y + BAR * len(fws) / 2 - 1
    yield Text(NAME, middle, fitted(row.name, TIME - 14), "t-label", title=row.name)
    kernels = [fw.layers[k].kernel for fw, k in zip(fws, row.layers, strict=True) if k is not None]
    said = " → ".join(dict.fromkeys(kernels))
    yield Text(NAME, middle + 12, fitted(said, TIME - 14, "t-small"), "t-small t-muted", title=said)
    yield line(0, y + BAR * len(fws) + 7.5, WIDTH, y + BAR * len(fws) + 7.5, "s-grid")
    sizes = [None if k is None else fw.flash[k] for fw, k in zip(fws, row.layers, strict=True)]
    for at, (value, size) in enumerate(zip(_times(fws, row), sizes, strict=True)):
        top = y + at * BAR
        if row.layers[at] is None:
            yield Text(TIME, top + 9, "no such layer", "t-tiny t-muted")
            continue
        yield Rect(
            TIME, top, max(time(value) - TIME, 0.75), BAR - 2, f"f-{STYLES[at]}", f"{whole(value)} {fws[at].unit}"
        )
        yield Text(time(value) + 5, top + 8, short(value), "t-tiny t-muted")
        if size is not None:
            yield Rect(FLASH, top, max(flash(size) - FLASH, 0.75), BAR - 2, f"f-{STYLES[at]}", f"{whole(size)} bytes")
            yield Text(flash(size) + 5, top + 8, whole(size), "t-tiny t-muted")
    times = _times(fws, row)
    if row.layers[0] is not None and row.layers[-1] is not None and fws[0].unit == fws[-1].unit:
        yield from _change(times[0], times[-1], 646, middle + 4)
    if sizes[0] is not None and sizes[-1] is not None:
        yield from _change(sizes[0], sizes[-1], WIDTH, middle + 4)


def _change(first: int, last: int, x: float, y: float) -> Iterator[Shape]:
    share = last / first - 1 if first else 0.0
    if abs(share) >= LEAST_CHANGE:
        style = "t-good" if share < 0 else "t-bad"
        yield Text(x, y, f"{100 * share:+,.0f} %", f"t-label {style}", "end")


def _finding(fws: Sequence[Firmware], titles: Sequence[str]) -> str:
    first, last = fws[0], fws[-1]
    assert first.total is not None and last.total is not None
    parts = [_against("flash", first.memory.flash_bytes, last.memory.flash_bytes)]
    parts.append(_against("RAM", first.memory.ram_bytes, last.memory.ram_bytes))
    if first.unit == last.unit:
        parts.append(_against(first.unit, first.total.value, last.total.value))
    same = sum(k is not None for row in _rows(fws) for k in row.layers[:1] if None not in row.layers)
    said = f"{titles[-1]} against {titles[0]}: {', '.join(parts)}. {same} layers are in all of them."
    return said


def _against(what: str, first: int, last: int) -> str:
    change = percent(abs(last / first - 1)) if first else ""
    if first == last:
        return f"the same {what}"
    return f"{change} {'less' if last < first else 'more'} {what} ({whole(last)} instead of {whole(first)})"


def _table(fws: Sequence[Firmware], titles: Sequence[str]) -> Table:
    rows = []
    for row in _rows(fws):
        cells = []
        for fw, k, value in zip(fws, row.layers, _times(fws, row), strict=True):
            cells.append("–" if k is None else f"{fw.layers[k].kernel}, {whole(value)}")
        rows.append((row.name, *cells))
    return Table(("layer", *titles), tuple(rows), "Kernels and time of all layers")
