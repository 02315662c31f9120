"""What users give to a report: build folders and files of records -> records."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from lapel.errors import FormatError, UsageError, shown
from lapel.files import LEDGER
from lapel.records import CASCADE_FILE, MANIFEST, Record
from lapel.records.document import KIND, read_json

Source = Record | str | Path
FILES = (MANIFEST, CASCADE_FILE)
"""In a folder: the first of them that is there."""


def read_records(sources: Sequence[Source]) -> tuple[Record, ...]:
    """Records as they are, the record of a folder, or that of a file.

    Raises UsageError: nothing was given; FormatError: a file that is missing, damaged, no record, or of a newer Lapel.
    """
    if not sources:
        raise UsageError("nothing was given to report on, expected a folder of `lapel build` or a record's JSON file")
    return tuple(s if isinstance(s, Record) else read_source(Path(s)) for s in sources)


def read_source(path: Path) -> Record:
    """The record in a folder or file. Raises FormatError."""
    file = _file_of(path)
    _check_text(file)
    content = read_json(file)
    kind = content.get(KIND) if isinstance(content, dict) else None
    if not isinstance(kind, str):
        expected = "expected what a command wrote or, with --json, printed"
        raise FormatError(f"{file}: it is no record of Lapel's (it has no {KIND!r}), {expected}")
    classes = {c.kind(): c for c in _classes(Record)}
    if kind not in classes:
        found = f"it is the record {shown(kind)!r}, which this Lapel does not know"
        raise FormatError(f"{file}: {found}: a newer one wrote it")
    return classes[kind].read(file, ignored=(LEDGER,))


def _check_text(file: Path) -> None:
    """Raise FormatError for a file that no record is like, such as a model, and say what is wanted instead."""
    with contextlib.suppress(OSError, ValueError), open(file, "rb") as f:
        start = f.read(64).lstrip()
        if start and start[:1] not in b"{[":
            wanted = "expected a folder of `lapel build`, or what a command printed with --json"
            instead = "of a model: lapel build MODEL --target NAME --out DIR"
            raise FormatError(f"{file}: it is no record, which is JSON: {wanted}; {instead}")


def _file_of(path: Path) -> Path:
    with contextlib.suppress(OSError, ValueError):
        if path.is_dir():
            there = [path / name for name in FILES if (path / name).is_file()]
            if not there:
                raise FormatError(f"{path}: there is no {' or '.join(FILES)} in it, expected a folder of `lapel build`")
            return there[0]
    return path


def _classes(base: type[Record]) -> Iterator[type[Record]]:
    """All classes of records that are loaded."""
    for cls in base.__subclasses__():
        if cls.__module__.startswith("lapel.records."):
            yield cls
        yield from _classes(cls)
