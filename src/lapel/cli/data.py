"""Files that users give with a model: samples, labels, names of classes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np

from lapel import arrays, frames
from lapel.errors import InputError, UsageError, some
from lapel.frames import Frame
from lapel.ir import Graph

MAX_CLASSES_BYTES = 1 << 20


def read_table(path: Path) -> Any:
    """The array, arrays by name, or table of a .npy, .npz or .csv file."""
    if path.suffix.lower() in frames.CSV_SUFFIXES:
        return frames.read_csv(path)
    return arrays.read_arrays(path)


def read_outputs(path: Path) -> Any:
    """The only array, or the table, of a .npy, .npz or .csv file."""
    return frames.read_csv(path) if path.suffix.lower() in frames.CSV_SUFFIXES else arrays.read_array(path)


def read_samples(inputs: Path | None, labels: str | None) -> tuple[Any, np.ndarray | None]:
    """(samples, labels) of --input and --labels FILE[:COLUMN]; a column of labels is none of its file's samples."""
    given = None if inputs is None else read_table(inputs)
    if labels is None:
        return given, None
    path, column = split_column(labels)
    if path.suffix.lower() not in frames.CSV_SUFFIXES:
        if column is not None:
            raise UsageError(f"--labels {labels}: only .csv files have columns, expected a file")
        return given, arrays.read_array(path)
    if isinstance(given, Frame) and inputs is not None and os.path.exists(path) and inputs.samefile(path):
        column = _only(given) if column is None else column
        return given.without(column), _plain(given.column(column))
    table = frames.read_csv(path)
    return given, _plain(table.column(_only(table) if column is None else column))


def by_recipe(graph: Graph, given: Any, labels: np.ndarray | None) -> tuple[Any, np.ndarray | None]:
    """(samples, labels), where those of an .npz file may be its `x` and its `y`, as recipes of trainings have them.

    So they are for a model of one input, if that is not all that the file has by the model's own names.
    """
    named = isinstance(given, dict) and set(given) == set(graph.arguments)
    if named or not isinstance(given, dict) or len(graph.arguments) != 1 or not {"x"} <= set(given) <= {"x", "y"}:
        return given, labels
    return given["x"], given.get("y") if labels is None else labels


def split_column(text: str) -> tuple[Path, str | None]:
    """FILE or FILE:COLUMN; a colon in the name of a file that exists is part of it."""
    name, colon, column = text.rpartition(":")
    if not colon or os.path.exists(text) or not name:
        return Path(text), None
    return Path(name), column


def labels_path(labels: str | None) -> Path | None:
    """The file of --labels."""
    return None if labels is None else split_column(labels)[0]


def _only(table: Frame) -> str:
    if len(table.columns) == 1:
        return table.names[0] if table.names else "0"
    known = some(table.names or range(len(table.columns)))
    raise InputError(f"{table.where} has {len(table.columns)} columns ({known}): say --labels {table.where}:COLUMN")


def _plain(column: np.ndarray) -> np.ndarray:
    """Whole numbers as integers: a CSV file does not tell 1 from 1.0, and classes are whole."""
    whole = column.dtype.kind == "f" and bool(np.isfinite(column).all() and (column % 1 == 0).all())
    return column.astype(np.int64) if whole and bool((np.abs(column) < 2**53).all()) else column


def read_classes(text: str | None) -> list[Any] | None:
    """Names with commas between, or a file with a name a line (perhaps each after its number); numbers if all are."""
    if text is None:
        return None
    path = Path(text)
    names = _lines(path) if os.path.isfile(path) else [n.strip() for n in text.split(",")]
    if len(names) == 1 and not os.path.isfile(path):
        found = "is a folder or device" if os.path.exists(path) else "is no file, and one name alone"
        raise UsageError(f"--classes {text!r} {found}, expected names with commas between, or a file")
    if not all(names):
        raise UsageError(f"--classes {text!r} has an empty name, expected names with commas between, or a file")
    for kind in (int, float):
        try:
            return list(map(kind, names))
        except ValueError:
            continue
    return names


def _lines(path: Path) -> list[str]:
    try:
        if path.stat().st_size > MAX_CLASSES_BYTES:
            raise InputError(f"{path} has {path.stat().st_size} bytes, expected a name a line")
        names = [n.strip() for n in path.read_text("utf-8-sig").splitlines() if n.strip()]
    except (OSError, UnicodeDecodeError) as e:
        raise InputError(f"{path} cannot be read: {getattr(e, 'strerror', None) or e}; give names a line") from None
    if not names:
        raise InputError(f"{path} is empty, expected a name a line")
    numbered = len(names) > 1 and all(n.split(maxsplit=1)[0] == str(k) and " " in n for k, n in enumerate(names))
    return [n.split(maxsplit=1)[1] for n in names] if numbered else names
