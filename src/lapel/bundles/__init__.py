"""Files for somebody else's build: a module each, whose fields are a dataclass and which makes the files' contents.

Every module here whose name has no leading underscore has a `BUNDLE`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

from lapel.bundles._bundle import Bundle
from lapel.errors import UsageError, some
from lapel.files import check_file, make_folder, write_file
from lapel.frontends import Model, load
from lapel.keywords import check_names, check_values, meant
from lapel.records import Exported

__all__ = ["Bundle", "bundles", "export"]


@cache
def bundles() -> Mapping[str, Bundle]:
    """Every bundle by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").BUNDLE for name in names}


def export(model: Model, folder: str | Path, to: str, **given: Any) -> Exported:
    """Write a model, whatever `load` takes, for somebody else's build into a folder; existing files are replaced.

    to: for whom, a module of `lapel.bundles`. given: fields of that module's dataclass. Raises UsageError for another
    name, and fields that are unknown, missing or wrong; UnsupportedModel with everything of the model that they do not
    take; MissingTool; OutputError; and what `load` raises.
    """
    if to not in bundles():
        raise UsageError(f"there is nobody called {to!r} to export to: {meant(to, bundles())}")
    bundle = bundles()[to]
    known = {f.name: f for f in fields(bundle.fields)}
    check_names(given, known, f"{to}: field")
    check_values(bundle.fields, given, to, least=0)
    missing = [name for name in bundle.required if name not in given]
    if missing:
        raise UsageError(f"{to}: found no {some(missing)}: they have to be given")
    graph, asked = load(model), bundle.fields(**given)
    made = bundle.make(graph, asked)
    make_folder(Path(folder))
    paths = [check_file(Path(folder) / name) for name in made.contents]
    for path, content in zip(paths, made.contents.values(), strict=True):
        write_file(path, content)
    return Exported(graph.name, to, tuple(map(str, paths)), made.arena_bytes, made.notices)
