"""The folder of a comparison: its record, written after each contender, which is taken up again by its keys."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from lapel.errors import FormatError
from lapel.files import LEDGER, check_folder, make_folder, write_folder
from lapel.records import MANIFEST as BUILT
from lapel.records import Comparison, Contender

MANIFEST = "comparison.json"
PICTURE = "comparison.svg"


class Folder:
    """A folder that is written, or none: then nothing is kept."""

    def __init__(self, path: Path | None, fresh: bool) -> None:
        self.path = path
        self._known: dict[str, Contender] = {}
        if path is not None:
            check_folder(path, [PICTURE], MANIFEST)
            make_folder(path)
            old = None if fresh else _record(path)
            self._known = {} if old is None else {c.key: c for c in (*old.earlier, *old.contenders)}

    def known(self, key: str) -> Contender | None:
        """The contender that was cross-validated as this key says."""
        return self._known.get(key)

    def others(self, found: Iterable[Contender]) -> tuple[Contender, ...]:
        """What earlier runs finished and this one has not, or not yet."""
        keys = {c.key for c in found}
        return tuple(c for key, c in self._known.items() if key not in keys)

    def whole(self, contender: Contender, measured_key: str) -> bool:
        """Whether its figures are those of this key, and its firmware is where they say."""
        if contender.measured_key != measured_key:
            return False
        there = (
            self.path is not None and contender.build is not None and (self.path / contender.build / BUILT).is_file()
        )
        return there or contender.build is None

    def place(self, name: str) -> Path | None:
        """Where a firmware is written."""
        return None if self.path is None else self.path / name

    def write(self, record: Comparison, more: Mapping[str, bytes]) -> None:
        """Write the record and other files. The same comparison writes the same bytes, but for seconds."""
        if self.path is not None:
            write_folder(self.path, more, MANIFEST, replace(record, seconds=None).to_json())


def _record(path: Path) -> Comparison | None:
    """The record in a folder; None if there is none, or one that says something else."""
    with contextlib.suppress(FormatError):
        return Comparison.read(path / MANIFEST, ignored=(LEDGER,))
    return None
