"""Front ends, one model file format each: a file -> Graph.

Every module or package here whose name has no leading underscore has a `FORMAT`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from lapel.errors import InputError, shown
from lapel.frontends._foreign import refuse_content, refuse_folder, refuse_suffix
from lapel.frontends._format import SHOWN_PATH, Format, read_file
from lapel.ir import Graph

__all__ = ["Format", "formats", "load"]

HEAD_BYTES = 64


@cache
def formats() -> Mapping[str, Format]:
    """Every format by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").FORMAT for name in names}


def load(path: str | Path) -> Graph:
    """The graph of a model file, named after the file's stem; its content counts before its suffix."""
    path = Path(path)
    refuse_folder(path)
    data = read_file(path)
    refuse_content(path, data)
    by_content = [f for f in formats().values() if f.matches(data[:HEAD_BYTES])]
    by_suffix = [f for f in formats().values() if path.suffix.lower() in f.suffixes]
    for found in (*by_content, *by_suffix):
        return found.read(data, path.stem)
    refuse_suffix(path)
    known = ", ".join(f"{f.name} ({' '.join(f.suffixes)})" for f in formats().values())
    raise InputError(f"{shown(str(path), SHOWN_PATH)}: found an unknown kind of file, expected one of: {known}")
