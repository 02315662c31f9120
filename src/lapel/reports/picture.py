"""What a picture is, and all that there are: one file each in `lapel/reports/pictures`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from lapel.reports import pictures
from lapel.reports.dossier import Dossier
from lapel.reports.shapes import Drawing


@dataclass(frozen=True)
class Table:
    """Figures of a picture as text. anchors: of each row the name that a link leads to, or nothing."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    caption: str


@dataclass(frozen=True)
class Entry:
    """What is said of one thing in a picture, in a fold of its own. anchor: what links lead to."""

    anchor: str
    title: str
    lines: tuple[str, ...]
    table: Table | None = None


@dataclass(frozen=True)
class Panel:
    """A picture that was drawn.

    finding: what it says, in a sentence with the figures. note: how to read it. legend: (style, meaning) of its colors.
    tables, entries: the same as text, folded away.
    """

    drawing: Drawing
    finding: str
    note: str
    legend: tuple[tuple[str, str], ...] = ()
    tables: tuple[Table, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class Picture:
    """A picture of reports: `PICTURE` of a file of `pictures/`.

    name: of its file and anchor. order: where it stands in a report. of: what it is drawn of: each dossier, or all of
    them together. draw: None where the records have nothing for it.
    """

    name: str
    title: str
    order: int
    draw: Callable[[tuple[Dossier, ...]], Panel | None]
    of: Literal["each", "all"] = "each"


@cache
def list_pictures() -> tuple[Picture, ...]:
    """All, in their order."""
    stems = [m.name for m in pkgutil.iter_modules(pictures.__path__) if not m.name.startswith("_")]
    found = [importlib.import_module(f"{pictures.__name__}.{stem}").PICTURE for stem in stems]
    return tuple(sorted(found, key=lambda p: p.order))
