"""Checked access to flatbuffer tables by the field numbers of schema.toml.

A flatbuffer is offsets, and a hostile one's point anywhere. `File` and `View` check every table, vector and string
before they read it, and count what was read, so that a file whose vectors overlap cannot make reading cost more
than a few times its size. Format: a table begins with the distance back to its vtable, which holds its own size,
the table's, and for each field number the place of the field in the table, 0 where it is unset.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from lapel.errors import FormatError
from lapel.frontends.tflite.schema import FORMATS, TABLES, Field

MAX_FIELDS = 64
"""Fields of one table; the widest of the schema has fewer than 30."""

MAX_TABLES = 1 << 16
"""Entries of one vector of tables: tensors, operators, buffers."""

OVERLAP = 4
"""All vectors and strings together may hold this many times the file's bytes: honest writers share a few."""

Value = int | float | str | tuple[int, ...]


@dataclass(eq=False)
class File:
    """The bytes of one file, its name for messages, and the bytes that may still be read."""

    data: bytes
    name: str
    budget_bytes: int = field(init=False)

    def __post_init__(self) -> None:
        self.budget_bytes = OVERLAP * len(self.data) + 1024

    def error(self, where: str, found: str, expected: str, advice: str = "the file is damaged") -> FormatError:
        """The error for content that breaks the format, or for what `advice` says."""
        return FormatError(f"{self.name}, {where}: {found}, expected {expected}: {advice}")

    def spend(self, count_bytes: int, where: str) -> None:
        """Account for a vector or string."""
        self.budget_bytes -= count_bytes
        if self.budget_bytes < 0:
            expected = f"at most {OVERLAP} times {len(self.data)} bytes in all"
            raise self.error(where, "vectors overlap", expected)

    def read_word(self, pos: int, where: str) -> int:
        """The unsigned 32-bit number at `pos`."""
        if not 0 <= pos <= len(self.data) - 4:
            raise self.error(where, "points outside of the file", f"to stay in {len(self.data)} bytes")
        return int(struct.unpack_from("<I", self.data, pos)[0])

    def table_fields(self, pos: int, where: str) -> tuple[int, ...]:
        """The place of each field in the table at `pos`; raises unless it lies whole, with its vtable, in the file."""
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
        offsets: tuple[int, ...] = struct.unpack_from(f"<{vtable_bytes // 2 - 2}H", self.data, vtable + 4)
        if any(o and not 4 <= o < table_bytes for o in offsets):
            raise self.error(where, f"field offsets {max(offsets)}", f"0 or 4 to {table_bytes - 1}")
        return offsets


@dataclass(frozen=True, eq=False)
class View:
    """A checked table of type `name` at byte `pos`; `where` names it in messages."""

    file: File
    name: str
    pos: int
    where: str
    offsets: tuple[int, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", self.file.table_fields(self.pos, self.where))

    def error(self, field_name: str, found: str, expected: str, advice: str = "the file is damaged") -> FormatError:
        """The error for a field of this table."""
        return self.file.error(f"{self.where}, {field_name}", found, expected, advice)

    def number(self, name: str) -> int | float:
        """A number in the table, the schema's default if unset."""
        f = TABLES[self.name][name]
        place = self._place(f)
        if place is None:
            return f.default
        if place + struct.calcsize(FORMATS[f.kind]) > len(self.file.data):
            raise self.error(name, "points outside of the file", f"to stay in {len(self.file.data)} bytes")
        value = struct.unpack_from("<" + FORMATS[f.kind], self.file.data, place)[0]
        return float(value) if f.kind == "float32" else int(value)

    def integer(self, name: str) -> int:
        """A number in the table that the schema has as an integer."""
        return int(self.number(name))

    def vector(self, name: str) -> np.ndarray:
        """A vector of numbers as a view of the file; empty if unset."""
        values = self.shared_vector(name)
        self.file.spend(values.nbytes, f"{self.where}, {name}")
        return values

    def shared_vector(self, name: str) -> np.ndarray:
        """The same for content that tables may share at no cost; it is not accounted for."""
        f = TABLES[self.name][name]
        dtype = np.dtype(f"{f.kind[:-2]}")
        start, count = self._extent(f, name)
        if start + count * dtype.itemsize > len(self.file.data):
            found, expected = f"vector of {count} elements", f"to fit in {len(self.file.data)} bytes"
            raise self.error(name, found, expected)
        return np.frombuffer(self.file.data, dtype.newbyteorder("<"), count, start if count else 0)

    def text(self, name: str) -> str:
        """A string as printable text; bytes that are not UTF-8 and control characters become U+FFFD."""
        start, count = self._extent(TABLES[self.name][name], name)
        if start + count > len(self.file.data):
            raise self.error(name, f"string of {count} bytes", f"to fit in {len(self.file.data)} bytes")
        self.file.spend(count, f"{self.where}, {name}")
        decoded = self.file.data[start : start + count].decode("utf-8", "replace")
        return "".join(c if c.isprintable() else "\ufffd" for c in decoded)

    def table(self, name: str, table: str, where: str) -> View | None:
        """A table of type `table` that this one refers to, if any."""
        place = self._place(TABLES[self.name][name])
        return None if place is None else View(self.file, table, self._follow(place, name), where)

    def tables(self, name: str, table: str, where: str, *, shared: bool = False) -> Iterator[View]:
        """The tables of a vector; unless `shared`, no two entries may be the same table."""
        start, count = self._extent(TABLES[self.name][name], name)
        if count > min(MAX_TABLES, len(self.file.data) // 4):
            expected = f"at most {MAX_TABLES}, and 4 bytes of the file for each"
            raise self.error(name, f"{count} entries", expected)
        seen: set[int] = set()
        for i in range(count):
            view = View(self.file, table, self._follow(start + 4 * i, name), f"{where} {i}")
            if view.pos in seen and not shared:
                raise self.error(name, f"entry {i} is the table of another entry", "one table for each")
            seen.add(view.pos)
            yield view

    def count(self, name: str) -> int:
        """Entries of a vector, none of which is looked at."""
        return self._extent(TABLES[self.name][name], name)[1]

    def has(self, name: str) -> bool:
        """Whether a field is set."""
        return self._place(TABLES[self.name][name]) is not None

    def values(self) -> dict[str, Value]:
        """All fields that are strings, numbers, or vectors of numbers, by schema name."""
        values: dict[str, Value] = {}
        for name, f in TABLES[self.name].items():
            if f.is_vector:
                values[name] = tuple(self.vector(name).tolist())
            elif f.kind == "string":
                values[name] = self.text(name)
            elif f.is_number:
                values[name] = self.number(name)
        return values

    def unknown_fields(self) -> tuple[int, ...]:
        """Numbers of the fields that are set and that come after those of schema.toml; what it skips is abandoned."""
        known = 1 + max((f.slot for f in TABLES[self.name].values()), default=-1)
        return tuple(slot for slot, offset in enumerate(self.offsets) if offset and slot >= known)

    def _place(self, f: Field) -> int | None:
        """Byte of a field in the file, None if it is unset."""
        offset = self.offsets[f.slot] if f.slot < len(self.offsets) else 0
        return self.pos + offset if offset else None

    def _extent(self, f: Field, name: str) -> tuple[int, int]:
        """(first byte, number of entries) of a vector or string; (0, 0) if unset."""
        place = self._place(f)
        if place is None:
            return 0, 0
        start = self._follow(place, name)
        return start + 4, self.file.read_word(start, f"{self.where}, {name}")

    def _follow(self, place: int, name: str) -> int:
        """Where the reference at byte `place` points to."""
        return place + self.file.read_word(place, f"{self.where}, {name}")


def default_options(table: str) -> dict[str, Value]:
    """The schema's defaults of an options table."""
    fields = {name: f for name, f in TABLES[table].items() if f.is_vector or f.is_number}
    return {name: () if f.is_vector else f.default for name, f in fields.items()}
