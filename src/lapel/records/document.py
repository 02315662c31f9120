"""`Record`: a record that is a document of its own, with a kind and a schema version."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

from lapel.errors import FormatError
from lapel.records.plain import SCHEMA, brief, from_plain, to_plain

KIND, VERSION = "record", "schema"
"""Keys of a document beside those of its record: which record it is, and SCHEMA."""


Shower = Callable[["Record"], str | None]
_SHOWERS: list[Shower] = []


def show_with(shower: Shower) -> None:
    """What makes HTML of records for notebooks, from now on: it stands above this room, and comes down to it."""
    _SHOWERS[:] = [shower]


class Record:
    """A record that is a document of its own: a file, or what a command prints."""

    ALSO: ClassVar[tuple[str, ...]] = ()

    def _repr_html_(self) -> str | None:
        """What a notebook shows; None: the text."""
        return _SHOWERS[0](self) if _SHOWERS else None

    @classmethod
    def kind(cls) -> str:
        """What the document says that it is: the class's name in small letters."""
        return cls.__name__.removesuffix("Record").lower()

    def to_json(self) -> dict[str, Any]:
        """Plain data, for `json.dumps`."""
        return {KIND: self.kind(), VERSION: SCHEMA, **to_plain(self)}

    @classmethod
    def from_json(cls, content: object) -> Self:
        """The record that `to_json` made this of.

        Raises FormatError: it is another record, of a newer schema, or not as this one is written.
        """
        if not isinstance(content, Mapping):
            raise FormatError(f"{cls.kind()}: found {brief(content)}, expected a JSON object")
        if KIND not in content or VERSION not in content:
            raise FormatError(
                f"{cls.kind()}: has no {KIND!r} and {VERSION!r}: no record, or of before 0.3.0; write it anew"
            )
        if content[KIND] != cls.kind():
            raise FormatError(f"found the record {brief(content[KIND])}, expected {cls.kind()!r}")
        version = content[VERSION]
        if not isinstance(version, int) or isinstance(version, bool) or version < 1:
            raise FormatError(f"{cls.kind()}.{VERSION}: found {brief(version)}, expected a number from 1 on")
        if version > SCHEMA:
            newer = f"found {version}, this Lapel reads up to {SCHEMA}: a newer one wrote it, install that"
            raise FormatError(f"{cls.kind()}.{VERSION}: {newer}")
        return from_plain(cls, {k: v for k, v in content.items() if k not in (KIND, VERSION)}, cls.kind())

    @classmethod
    def read(cls, path: Path | str, ignored: tuple[str, ...] = ()) -> Self:
        """The record in a file; `ignored`: keys of it that are no part of the record.

        Raises FormatError, which names the file: it cannot be read, is no JSON, or `from_json` raises.
        """
        content = read_json(path)
        if isinstance(content, dict):
            content = {key: value for key, value in content.items() if key not in ignored}
        try:
            return cls.from_json(content)
        except FormatError as e:
            raise FormatError(f"{path}: {e.message}") from None


def read_json(path: Path | str) -> Any:
    """What a file of JSON says. Raises FormatError, which names the file."""
    try:
        return json.loads(Path(path).read_bytes())
    except (OSError, ValueError, RecursionError) as e:
        raise FormatError(f"{path}: cannot be read as JSON: {getattr(e, 'strerror', None) or e}") from None
