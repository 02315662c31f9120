"""Exporters, one format each: Graph -> model file.

Every module or package here whose name has no leading underscore has an `EXPORTER`.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import numpy as np

from lapel.errors import UsageError, shown
from lapel.exporters._exporter import Exporter
from lapel.files import write_file
from lapel.frontends import Model, load
from lapel.ir import Graph

__all__ = ["Exporter", "convert", "exporters", "moved_inputs"]

SHOWN_PATH = 200
"""Characters of a path in a message."""


@cache
def exporters() -> Mapping[str, Exporter]:
    """Every exporter by the name of its module."""
    names = [m.name for m in pkgutil.iter_modules(__path__) if not m.name.startswith("_")]
    return {name: importlib.import_module(f"{__name__}.{name}").EXPORTER for name in names}


def convert(model: Model, path: str | Path, *, int4: bool = False) -> Graph:
    """Write a model, whatever `load` takes, as a file of the format that its suffix names: `.tflite`, `.onnx`.

    The graph that was written is returned. An .onnx file needs `lapel[onnx]`; docs/guide-cli.md says what is in it, and
    how near its integers are. int4: weights of int8 layers that are all -8..7 are stored in four bits.
    Raises UsageError for another suffix, or int4 where the format has none, UnsupportedModel with every node that the
    format cannot say, MissingTool where its library is not installed, OutputError where the file cannot be written, and
    what `load` raises.
    """
    if not isinstance(path, (str, Path)):
        raise UsageError(f"the path is of type {type(path).__name__}, expected that of the file to write")
    path = Path(path)
    exporter = _exporter(path)
    write = exporter.write_int4 if int4 else exporter.write
    if write is None:
        raise UsageError(f"{shown(str(path), SHOWN_PATH)}: {exporter.name} is written without int4: leave it out")
    graph = load(model)
    write_file(path, write(graph))
    return graph


def moved_inputs(graph: Graph, path: Path) -> list[str]:
    """Which inputs of the file at this path have other axes than in the model that the graph was made from."""
    said = []
    for name in () if _exporter(path).users_axes else graph.inputs:
        perm, shape = graph.origin.layouts.get(name), graph.tensors[name].type.shape
        own = shape if perm is None else tuple(shape[k] for k in np.argsort(perm))
        if perm is not None and own != shape:
            how = f"x.transpose{tuple(int(k) for k in perm)}"
            said.append(f"input {name!r} is {list(shape)} in the file, {list(own)} in its model: give it {how}")
    return said


def _exporter(path: Path) -> Exporter:
    found = next((e for e in exporters().values() if path.suffix.lower() in e.suffixes), None)
    if found is None:
        known = ", ".join(f"{e.name} ({' '.join(e.suffixes)})" for e in exporters().values())
        raise UsageError(f"{shown(str(path), SHOWN_PATH)}: found suffix {path.suffix!r}, expected one of: {known}")
    return found
