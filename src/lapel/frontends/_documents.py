"""`Document`: a value of a nested record that a file holds, and where it stands there, so that messages can say so."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import FormatError, shown

DEPTH = 100
"""Of what is in what; no model's file comes near it."""


@dataclass(frozen=True, eq=False)
class Document:
    """value: what JSON has. where: the model's file, and the names on the way to the value."""

    value: Any
    where: str

    def fail(self, found: str, expected: str) -> FormatError:
        return FormatError(f"{self.where}: found {found}, expected {expected}: save the model again")

    def has(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def at(self, *names: str) -> Document:
        """The value on the way of these names. Raises FormatError where there is none."""
        found = self
        for name in names:
            if not isinstance(found.value, dict) or name not in found.value:
                raise found.fail(f"no {name!r}", "a record that has it")
            found = Document(found.value[name], f"{found.where}, {name}")
        return found

    def each(self) -> list[Document]:
        """The values of a list. Raises FormatError where it is none."""
        if not isinstance(self.value, list):
            raise self.fail(f"a {type(self.value).__name__}", "a list")
        return [Document(v, f"{self.where} {k}") for k, v in enumerate(self.value)]

    def text(self) -> str:
        if not isinstance(self.value, str):
            raise self.fail(f"a {type(self.value).__name__}", "a text")
        return self.value

    def whole(self) -> int:
        """A whole number, also one that is written as a text. Raises FormatError."""
        try:
            if isinstance(self.value, (int, str)) and not isinstance(self.value, bool):
                return int(self.value)
        except ValueError:
            pass
        raise self.fail(shown(repr(self.value)), "a whole number")

    def numbers(self) -> np.ndarray:
        """float64 [n] of a list of numbers. Raises FormatError."""
        return self._array("numbers", np.float64)

    def wholes(self) -> np.ndarray:
        """int64 [n] of a list of whole numbers. Raises FormatError."""
        return self._array("whole numbers", np.int64)

    def _array(self, what: str, dtype: type[np.generic]) -> np.ndarray:
        try:
            found = np.asarray(self.value if len(self.value) else [], np.float64)
            if isinstance(self.value, (list, np.ndarray)) and found.ndim == 1:
                made = found.astype(dtype)
                if dtype is np.float64 or (made == found).all():
                    return made
        except (TypeError, ValueError, OverflowError):
            pass
        raise self.fail(shown(repr(self.value)), f"a list of {what}")


def read_json(data: bytes, where: str) -> Document:
    """A file's JSON. Raises FormatError where it is damaged."""
    try:
        return Document(json.loads(data), where)
    except (ValueError, RecursionError) as e:
        raise FormatError(f"{where}: found damaged JSON ({e}), expected all of a file: save the model again") from e
