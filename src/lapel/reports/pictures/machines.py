"""Layers x machines: where reference, host and the emulated core differ, and which layer does so by itself."""

from __future__ import annotations

from collections.abc import Iterator

from lapel.errors import shown
from lapel.records import Diff, DiffLayer
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import whole
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Rect, Shape, Text, fitted, line

WIDTH, ROW, TOP, LEFT, CELL = 960.0, 20.0, 34.0, 330.0, 150.0
MOST = 200
"""Rows at most: of more layers those that differ, and the first."""


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of the record of `lapel diff --json`."""
    d = dossiers[0].get(Diff)
    if d is None or not d.layers or not d.machines:
        return None
    order = sorted(range(len(d.layers)), key=lambda k: (not any(d.layers[k].differing.values()), k))
    rows = [d.layers[k] for k in sorted(order[:MOST])]
    shapes = [*_heads(d), *(s for k, row in enumerate(rows) for s in _row(d, row, TOP + k * ROW))]
    drawing = Drawing(WIDTH, TOP + len(rows) * ROW + 8, tuple(shapes), f"Layers of {shown(d.model)} on each machine")
    legend = (
        ("f-good", "every element is the reference's"), ("f-bad", "differs by itself"),
        ("f-flash", "differs for what it was given"),
    )  # fmt: skip
    tables = (Table(("what may be wrong",), tuple((c,) for c in d.causes), "Causes"),) if d.causes else ()
    return Panel(drawing, _finding(d), "A number: elements that differ, over all samples.", legend, tables)


PICTURE = Picture("machines", "Machines compared", 45, draw)


def _heads(d: Diff) -> Iterator[Shape]:
    yield Text(0, 16, "layer", "t-small t-muted")
    for k, machine in enumerate(d.machines[:4]):
        yield Text(LEFT + k * CELL, 16, fitted(shown(machine), CELL - 8, "t-small"), "t-small t-muted")
    yield line(0, TOP - 8, WIDTH, TOP - 8, "s-rule")


def _row(d: Diff, row: DiffLayer, y: float) -> Iterator[Shape]:
    yield Text(0, y + 13, fitted(f"{row.op} {shown(row.layer)}", LEFT - 12), "t-label", title=row.layer)
    for k, machine in enumerate(d.machines[:4]):
        count = row.differing.get(machine)
        if count is None:
            continue
        x, own = LEFT + k * CELL, row.own.get(machine, True)
        said = f"{row.layer} on {machine}: {whole(count)} of {whole(row.size)} elements differ"
        style = "f-bad" if count and own else "f-flash" if count else "f-good"
        wide = (CELL - 60) * (max(count / row.size, 0.05) if count and row.size else 1.0)
        yield Rect(x, y + 3, min(wide, CELL - 60), 12, f"{style}{'' if count else ' f-calm'}", said)
        if count:
            yield Text(x + min(wide, CELL - 60) + 5, y + 13, whole(count), "t-small")


def _finding(d: Diff) -> str:
    if d.equal:
        return f"{whole(d.tensors)} tensors of {whole(d.samples)} samples are the same on {' and '.join(d.machines)}."
    return f"{d.differences[0]}."
