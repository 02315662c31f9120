"""Checked access to flatbuffer tables, through the accessors of the generated `tflite` package.

The generated accessors trust the file: they follow an offset wherever it points. `File` and `View` check
every table and vector before an accessor touches it, and count what was read, so that a file whose vectors
overlap cannot make reading cost more than a few times its size.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np
import tflite
from flatbuffers.table import Table

from lapel.errors import FormatError

MAX_FIELDS = 64
"""Fields of one table; the widest of the schema has fewer than 30."""

MAX_TABLES = 1 << 16
"""Entries of one vector of tables: tensors, operators, buffers."""

OVERLAP = 4
"""All vectors and strings together may hold this many times the file's bytes: honest writers share a few."""

ACCESS_ERRORS = (struct.error, ValueError, IndexError, TypeError, OverflowError)
"""What the generated accessors raise when they run over the end of the file."""

EMPTY_TABLE = struct.pack("<HHi", 4, 4, 4)
"""A vtable without fields and, at byte 4, its table: every accessor gives the schema's default."""


@dataclass(eq=False)
class File:
    """The bytes of one file, its name for messages, and the bytes that may still be read."""

    data: bytes
    name: str
    budget_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.budget_bytes = OVERLAP * len(self.data) + 1024

    def error(self, where: str, found: str, expected: str) -> FormatError:
        """The error for content that breaks the format."""
        return FormatError(f"{self.name}, {where}: {found}, expected {expected}: the file is damaged")

    def spend(self, count_bytes: int, where: str) -> None:
        """Account for a vector or string."""
        self.budget_bytes -= count_bytes
        if self.budget_bytes < 0:
            expected = f"at most {OVERLAP} times {len(self.data)} bytes in all"
            raise self.error(where, "vectors overlap", expected)

    def check_table(self, pos: int, where: str) -> None:
        """Raise unless a whole table with its vtable lies at `pos`."""
        size = len(self.data)
        if pos % 4 or not 4 <= pos <= size - 4:
            raise self.error(where, f"table at byte {pos}", f"a multiple of 4 inside of {size} bytes")
        vtable = pos - struct.unpack_from("<i", self.data, pos)[0]
        if vtable % 2 or not 0 <= vtable <= size - 4:
            raise self.error(where, f"vtable at byte {vtable}", f"an even place inside of {size} bytes")
        vtable_bytes, table_bytes = struct.unpack_from("<HH", self.data, vtable)
        if vtable_bytes % 2 or not 4 <= vtable_bytes <= min(4 + 2 * MAX_FIELDS, size - vtable):
            raise self.error(where, f"vtable of {vtable_bytes} bytes", f"4 to {4 + 2 * MAX_FIELDS}")
        if not 4 <= table_bytes <= size - pos:
            raise self.error(where, f"table of {table_bytes} bytes", f"4 to {size - pos}")
        offsets = struct.unpack_from(f"<{vtable_bytes // 2 - 2}H", self.data, vtable + 4)
        if any(o and not 4 <= o < table_bytes for o in offsets):
            raise self.error(where, f"field offsets {max(offsets)}", f"0 or 4 to {table_bytes - 1}")


@dataclass(frozen=True, eq=False)
class View:
    """A checked table: `accessor` is the generated object, `where` names it in messages."""

    file: File
    accessor: Any
    where: str

    def __post_init__(self) -> None:
        self.file.check_table(self.pos, self.where)

    @property
    def pos(self) -> int:
        """Byte where the table starts."""
        return int(self.accessor._tab.Pos)

    def call(self, name: str, *args: Any) -> Any:
        """Result of the generated accessor `name`, or FormatError if it leaves the file."""
        try:
            return getattr(self.accessor, name)(*args)
        except ACCESS_ERRORS as e:
            expected = f"to stay in {len(self.file.data)} bytes"
            raise self.error(name, "points outside of the file", expected) from e

    def error(self, field_name: str, found: str, expected: str) -> FormatError:
        """The error for a field of this table."""
        return self.file.error(f"{self.where}, {field_name}", found, expected)

    def vector(self, name: str) -> np.ndarray:
        """A vector of numbers as a view of the file; empty if unset."""
        count, size = int(self.call(f"{name}Length")), len(self.file.data)
        if count > size:
            raise self.error(name, f"vector of {count} elements", f"to fit in {size} bytes")
        if count == 0:
            return np.empty(0, np.int32)
        values = self.call(f"{name}AsNumpy")
        self.file.spend(values.nbytes, f"{self.where}, {name}")
        return values

    def text(self, name: str) -> str:
        """A string as printable text; bytes that are not UTF-8 and control characters become U+FFFD."""
        raw = self.call(name) or b""
        self.file.spend(len(raw), f"{self.where}, {name}")
        decoded = raw.decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "\ufffd" for c in decoded)

    def table(self, name: str, where: str) -> View | None:
        """A table that this one refers to, if any."""
        found = self.call(name)
        return None if found is None else View(self.file, found, where)

    def tables(self, name: str, where: str, *, shared: bool = False) -> Iterator[View]:
        """The tables of a vector; unless `shared`, no two entries may be the same table."""
        count = int(self.call(f"{name}Length"))
        if count > min(MAX_TABLES, len(self.file.data) // 4):
            expected = f"at most {MAX_TABLES}, and 4 bytes of the file for each"
            raise self.error(name, f"{count} entries", expected)
        seen: set[int] = set()
        for i in range(count):
            view = View(self.file, self.call(name, i), f"{where} {i}")
            if view.pos in seen and not shared:
                raise self.error(name, f"entry {i} is the table of another entry", "one table for each")
            seen.add(view.pos)
            yield view

    def options(self, union: Table, name: str) -> View:
        """The builtin options table `name` that the union refers to."""
        accessor, where = getattr(tflite, name)(), f"{self.where}, {name}"
        self.file.check_table(union.Pos, where)
        accessor.Init(self.file.data, union.Pos)
        return View(self.file, accessor, where)

    def fields(self) -> dict[str, Any]:
        """All fields that are numbers or vectors of numbers, by schema name."""
        values: dict[str, Any] = {}
        for name, is_vector in number_fields(type(self.accessor).__name__):
            values[name] = tuple(self.vector(name).tolist()) if is_vector else self.call(name)
        return values


@cache
def number_fields(table: str) -> tuple[tuple[str, bool], ...]:
    """(name, whether it is a vector) of the fields of a schema table that hold numbers."""
    empty = _empty(table)
    methods = [m for m in vars(type(empty)) if not m.startswith(("_", "GetRootAs"))]
    vectors = [m for m in methods if f"{m}AsNumpy" in methods]
    derived = ("Init", "Length", "IsNone", "AsNumpy", "BufferHasIdentifier")
    others = [m for m in methods if not m.endswith(derived) and f"{m}Length" not in methods]
    scalars = [m for m in others if isinstance(getattr(empty, m)(), (int, float))]
    return (*((v, True) for v in vectors), *((s, False) for s in scalars))


def _empty(table: str) -> Any:
    accessor = getattr(tflite, table)()
    accessor.Init(EMPTY_TABLE, 4)
    return accessor


@cache
def default_options(name: str) -> dict[str, Any]:
    """The schema's defaults of a builtin options table."""
    return View(File(EMPTY_TABLE, name), _empty(name), name).fields()
