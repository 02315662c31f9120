"""Universal binary JSON, as far as XGBoost writes it: https://ubjson.org, draft 12.

Numbers are big-endian. A list or record may say that all of its values have one type ($) and how many they are (#).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.errors import FormatError
from lapel.frontends._documents import DEPTH, Document

NUMBERS = {"i": ">i1", "U": ">u1", "I": ">i2", "u": ">u2", "l": ">i4", "m": ">u4", "L": ">i8", "M": ">u8", "d": ">f4"}
NUMBERS |= {"D": ">f8"}
WORDS = {"T": True, "F": False, "Z": None}


class _Reader:
    def __init__(self, data: bytes, where: str) -> None:
        self.data, self.where, self.at, self.depth = data, where, 0, 0

    def fail(self, found: str) -> FormatError:
        expected = "all of a UBJSON file: save the model again"
        return FormatError(f"{self.where}: found {found} at byte {self.at:,}, expected {expected}")

    def take(self, count: int) -> bytes:
        if not 0 <= count <= len(self.data) - self.at:
            raise self.fail(f"{count:,} bytes that are not there")
        self.at += count
        return self.data[self.at - count : self.at]

    def mark(self) -> str:
        return chr(self.take(1)[0])

    def next_is(self, mark: str) -> bool:
        """Whether this comes next; if so it is behind us."""
        if self.data[self.at : self.at + 1] != mark.encode():
            return False
        self.at += 1
        return True

    def numbers(self, mark: str, count: int) -> np.ndarray:
        dtype = np.dtype(NUMBERS[mark])
        return np.frombuffer(self.take(count * dtype.itemsize), dtype)

    def length(self) -> int:
        mark = self.mark()
        if mark not in NUMBERS or mark in "dD":
            raise self.fail(f"a length of type {mark!r}")
        return int(self.numbers(mark, 1)[0])

    def text(self) -> str:
        return self.take(self.length()).decode("utf-8", "replace")

    def value(self, mark: str) -> Any:
        if mark in NUMBERS:
            return self.numbers(mark, 1)[0].item()
        if mark in WORDS:
            return WORDS[mark]
        if mark == "S":
            return self.text()
        if mark == "C":
            return self.mark()
        if mark not in "[{":
            raise self.fail(f"type {mark!r}")
        self.depth += 1
        if self.depth > DEPTH:
            raise self.fail(f"more than {DEPTH} values in each other")
        found = self.list_() if mark == "[" else self.record()
        self.depth -= 1
        return found

    def header(self) -> tuple[str | None, int | None]:
        """(type, count) of a container, where it says so."""
        kind = self.mark() if self.next_is("$") else None
        count = self.length() if self.next_is("#") else None
        if kind is not None and count is None:
            raise self.fail("a type without a count")
        return kind, count

    def list_(self) -> Any:
        kind, count = self.header()
        if kind in NUMBERS and count is not None:
            return self.numbers(str(kind), count).tolist()
        found: list[Any] = []
        while len(found) != count if count is not None else not self.next_is("]"):
            found.append(self.value(kind or self.mark()))
        return found

    def record(self) -> dict[str, Any]:
        kind, count = self.header()
        found: dict[str, Any] = {}
        left = count
        while left != 0 if left is not None else not self.next_is("}"):
            name = self.text()
            found[name] = self.value(kind or self.mark())
            left = None if left is None else left - 1
        return found


def read_ubjson(data: bytes, where: str) -> Document:
    """A file's UBJSON. Raises FormatError where it is damaged."""
    reader = _Reader(data, where)
    return Document(reader.value(reader.mark()), where)
