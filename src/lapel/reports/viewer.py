"""What writes files for other tools' viewers: one file each in `lapel/reports/viewers`."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from lapel.reports import viewers
from lapel.reports.dossier import Dossier


@dataclass(frozen=True)
class Viewer:
    """A viewer of somebody else's: `VIEWER` of a file of `viewers/`.

    name: of the tool. write: of a dossier contents of files by what their names end in; {} where it has nothing for it.
    """

    name: str
    write: Callable[[Dossier], dict[str, str]]


@cache
def list_viewers() -> tuple[Viewer, ...]:
    """All, by their names."""
    stems = [m.name for m in pkgutil.iter_modules(viewers.__path__) if not m.name.startswith("_")]
    found = [importlib.import_module(f"{viewers.__name__}.{stem}").VIEWER for stem in stems]
    return tuple(sorted(found, key=lambda v: v.name))
