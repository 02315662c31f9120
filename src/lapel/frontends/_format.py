"""`Format`: what a front end module says about itself."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapel.errors import InputError, shown
from lapel.ir import Graph

SHOWN_PATH = 200
"""Characters of a path in a message."""

MAX_FILE_BYTES = 1 << 30
"""Larger files are refused unread; a flatbuffer ends at 2 GB, and microcontrollers far below."""


@dataclass(frozen=True)
class Format:
    """One model format, of files, of objects in memory, or of both.

    suffixes: with the dot, lower case; shared_suffixes: those of other files as well, so that content decides.
    matches: whether a file's content is of this format. read: (content, name of the graph) -> Graph, or read_beside,
    with the folder of the file, too, where files name others there. read_calibrated: (content, name, samples) -> Graph,
    of files that do not say what their input holds, which samples may. holds: whether an object in memory is a model of
    this format, and convert: (object, what else it needs or None, name) -> Graph, where there are such objects.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    shared_suffixes: tuple[str, ...] = ()
    matches: Callable[[bytes], bool] = lambda data: False
    read: Callable[[bytes, str], Graph] | None = None
    holds: Callable[[object], bool] = lambda model: False
    convert: Callable[[Any, Any, str], Graph] | None = None
    read_beside: Callable[[bytes, str, Path | None], Graph] | None = None
    read_calibrated: Callable[[bytes, str, Any], Graph] | None = None

    def read_in(self, data: bytes, name: str, folder: Path | None) -> Graph:
        """The graph of a file's content; folder: where the file is, if it is one."""
        if self.read_beside is not None:
            return self.read_beside(data, name, folder)
        assert self.read is not None, f"{self.name} has no files"
        return self.read(data, name)

    def load(self, path_or_bytes: str | Path | bytes) -> Graph:
        """The graph of a file, named after its stem, or of a file's content."""
        if isinstance(path_or_bytes, bytes):
            return self.read_in(path_or_bytes, "model", None)
        path = Path(path_or_bytes)
        return self.read_in(read_file(path), model_name(path), path.parent)


def model_name(path: Path) -> str:
    """A file's stem as text: names of files are bytes, and mostly UTF-8, whatever the locale says."""
    return os.fsencode(path.stem).decode("utf-8", "replace")


def read_file(path: Path) -> bytes:
    """Content of a regular file; raises InputError in one line if it cannot be read."""
    where = shown(str(path), SHOWN_PATH)
    try:
        if not path.exists():
            raise InputError(f"{where}: found no such file, expected a model file")
        if not path.is_file():
            raise InputError(f"{where}: found a directory or device, expected a model file")
        size_bytes = path.stat().st_size
        if size_bytes > MAX_FILE_BYTES:
            raise InputError(f"{where}: found {size_bytes} bytes, expected at most {MAX_FILE_BYTES}")
        return path.read_bytes()
    except (OSError, ValueError) as e:
        reason = getattr(e, "strerror", None) or e
        raise InputError(f"{where}: cannot be read ({reason}): check its path") from e
