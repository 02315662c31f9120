"""Front ends, one model file format each: a file -> Graph.

Every module or package here whose name has no leading underscore has a `FORMAT`.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

from lapel.errors import InputError
from lapel.frontends._format import Format, model_name, read_file
from lapel.ir import Graph

__all__ = ["Format", "formats", "load"]

HEAD_BYTES = 64


@cache
def formats() -> Mapping[str, Format]:
    """Every format by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").FORMAT for name in names}


def load(path: str | Path, *, name: str | None = None) -> Graph:
    """The graph of a model file; its content counts before its suffix. name: by default the file's stem."""
    path = Path(path)
    data = read_file(path)
    by_content = [f for f in formats().values() if f.matches(data[:HEAD_BYTES])]
    by_suffix = [f for f in formats().values() if path.suffix.lower() in f.suffixes]
    for found in (*by_content, *by_suffix):
        graph = found.read(data, model_name(path) if name is None else name)
        return replace(graph, file_sha256=hashlib.sha256(data).hexdigest())
    known = ", ".join(f"{f.name} ({' '.join(f.suffixes)})" for f in formats().values())
    raise InputError(f"{path}: found an unknown kind of file, expected one of: {known}")
