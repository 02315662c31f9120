"""Tables of columns: DataFrames, by what pandas and polars have in common, and CSV files."""

from __future__ import annotations

import csv
import itertools
import warnings
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from lapel.errors import InputError, shown, some

CSV_SUFFIXES = (".csv", ".tsv")
RARE_DELIMITERS = "\t;"
"""Where one of them stands in the first line, commas are decimal ones."""
MAX_BYTES = 1 << 29
MAX_TEXT_BYTES = 1 << 26
"""Larger files are refused unread; those with words in them already from the second size on, as cells take memory."""

INDEX_HEADS = ("", "Unnamed: 0")
"""What pandas and R call the column of row numbers that they write before all others."""


@dataclass(frozen=True, eq=False)
class Frame:
    """Columns of one length. where: for messages. names: one a column, or none at all. columns: 1-D, of float64
    (NaN where a cell is empty) or of words (str)."""

    where: str
    names: tuple[str, ...]
    columns: tuple[np.ndarray, ...]

    def column(self, name: str) -> np.ndarray:
        """A column by its name, or by its number from 0; raises InputError if there is none."""
        if self.names.count(name) == 1:
            return self.columns[self.names.index(name)]
        if self.names.count(name) > 1:
            raise InputError(f"{self.where}: {self.names.count(name)} columns are called {shown(name)!r}, expected one")
        if name.isdecimal() and int(name) < len(self.columns):
            return self.columns[int(name)]
        known = f"expected one of {some(self.names)}" if self.names else f"expected 0..{len(self.columns) - 1}"
        raise InputError(f"{self.where} has no column {shown(name)!r}, {known}")

    def filled(self, name: str) -> np.ndarray:
        """The same of a column that has to have a value in every row; raises InputError for the first that has none."""
        values = self.column(name)
        empty = np.isnan(values) if values.dtype.kind == "f" else values == ""
        if empty.any():
            row = int(empty.argmax()) + 1
            count = f", nor have {empty.sum() - 1} others" if empty.sum() > 1 else ""
            raise InputError(f"{self.where}, row {row} has nothing in column {shown(name)!r}{count}: fill it in")
        return values

    def without(self, *names: str) -> Frame:
        """The other columns."""
        gone = {id(self.column(name)) for name in names}
        kept = [k for k, c in enumerate(self.columns) if id(c) not in gone]
        names = tuple(self.names[k] for k in kept) if self.names else ()
        return Frame(self.where, names, tuple(self.columns[k] for k in kept))

    def numbers(self, features: Sequence[str] = (), missing: bool = False) -> np.ndarray:
        """float64 [rows, columns]: the columns of these names if both have names, else all of them.

        missing: whether cells may be empty, which are NaN. Raises InputError for words, empty cells else, and features
        that are not there.
        """
        columns = list(zip(self.names or map(str, range(len(self.columns))), self.columns, strict=True))
        if features and self.names:
            lacking = [f for f in features if f not in self.names]
            if lacking:
                raise InputError(
                    f"{self.where} has columns {some(self.names)}, expected the model's features, also {some(lacking)}"
                )
            columns = [(f, self.column(f)) for f in features]
        if not columns:
            raise InputError(f"{self.where} has no column that is left, expected samples, a column for each feature")
        for name, values in columns:
            if values.dtype.kind not in "fiub":
                words = values.astype(str)
                row = next((k for k, cell in enumerate(words) if cell and not _is_number(cell)), 0)
                found = f"column {shown(name)!r} holds words ({shown(words[row], 20)!r} in row {row + 1})"
                raise InputError(
                    f"{self.where}, {found}, expected numbers with a decimal point: leave the column out or encode it"
                )
            empty = np.flatnonzero(np.isnan(values))
            if len(empty) and not missing:
                place = f"{self.where}, row {empty[0] + 1}"
                raise InputError(f"{place} has no number in column {shown(name)!r}: fill it in")
        return np.stack([c for _, c in columns], axis=1).astype(np.float64)


def from_dataframe(found: object) -> Frame | None:
    """The columns of a DataFrame (pandas, polars and their like); None of anything else."""
    names, to_numpy = getattr(found, "columns", None), getattr(found, "to_numpy", None)
    if names is None or not callable(to_numpy) or len(getattr(found, "shape", ())) != 2:
        return None
    values = np.asarray(to_numpy())
    heads = tuple(map(str, names))
    counted = heads == tuple(map(str, range(len(heads))))  # the names that pandas gives if it is given none
    columns = tuple(_column(values[:, k]) for k in range(values.shape[1]))
    return Frame("the DataFrame", () if counted else heads, columns)


def _column(values: np.ndarray) -> np.ndarray:
    """float64, or words: objects are numbers if all are; what is missing is NaN."""
    if values.dtype.kind in "fiub":
        return values.astype(np.float64)
    known = [v for v in values.tolist() if not _missing(v)]
    if values.dtype.kind == "O" and all(isinstance(v, (int, float)) for v in known):
        return np.array([np.nan if _missing(v) else float(v) for v in values.tolist()])
    return np.array(list(map(str, values.tolist())))


def _missing(value: object) -> bool:
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def read_csv(path: Path | str) -> Frame:
    """The table of a CSV file: UTF-8, columns apart by comma, semicolon or tab, with or without a line of names.

    The first line holds names if any cell of it is no number where the cells below are, or if it counts 0, 1, 2 …, as
    pandas writes it; words in every line are names only if none of them comes again in its column. A leading column
    of row numbers without a name is left out. Raises InputError: not readable, not a table, too large.
    """
    path = Path(path)
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path} has {path.stat().st_size} bytes, expected at most {MAX_BYTES}: use an .npy file")
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _read(path, file)
    except OSError as e:
        raise InputError(f"{path} cannot be read: {e.strerror or e}; give a CSV file") from None
    except UnicodeDecodeError as e:
        raise InputError(f"{path} is not UTF-8 text (byte {e.start}): save it as UTF-8") from None
    except csv.Error as e:
        raise InputError(f"{path} is not a table ({e}): save it as CSV") from None


def _read(path: Path, file: TextIO) -> Frame:
    lines = (text for text in file if text.strip())
    first = next(lines, None)
    if first is None:
        raise InputError(f"{path} is empty, expected a table")
    unquoted = "".join(first.split('"')[::2])
    delimiter = next((d for d in RARE_DELIMITERS if d in unquoted), ",")
    head = [cell.strip() for cell in next(csv.reader([first], delimiter=delimiter))]
    named = not all(map(_is_number, head))
    values = _plain_numbers(lines if named else itertools.chain([first], lines), delimiter, len(head))
    if values is None:
        file.seek(0)
        return _without_index(_with_words(path, file, delimiter))
    if named:
        return _without_index(Frame(str(path), tuple(head), tuple(values.T)))
    return Frame(str(path), (), tuple(values[_counts(head, values) :].T))


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _counts(head: Sequence[str], values: np.ndarray) -> bool:
    """Whether a first line of numbers is 0, 1, 2 …, the names that pandas writes where there are none.

    Two columns, 0 and 1, may be a sample; they are names only above fractions.
    """
    if list(head) != [str(k) for k in range(len(head))] or len(values) < 2:
        return False
    return len(head) > 2 or (len(head) == 2 and bool((values[1] % 1 != 0).any()))


def _plain_numbers(lines: Iterable[str], delimiter: str, width: int) -> np.ndarray | None:
    """float64 [rows, width] if all cells are numbers; None otherwise."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # no lines: said by the caller
            values = np.loadtxt(lines, delimiter=delimiter, comments=None, quotechar='"', ndmin=2, dtype=np.float64)
    except ValueError:
        return None
    return values if len(values) and values.shape[1] == width else None


def _with_words(path: Path, file: TextIO, delimiter: str) -> Frame:
    """The table of a file that does not hold numbers alone; the first line may be names."""
    size_bytes = path.stat().st_size
    if size_bytes > MAX_TEXT_BYTES:
        raise InputError(f"{path} has words in {size_bytes} bytes, expected at most {MAX_TEXT_BYTES}: split it")
    reader = csv.reader(file, delimiter=delimiter)
    numbered = [(reader.line_num, [c.strip() for c in row]) for row in reader if any(map(str.strip, row))]
    rows = [row for _, row in numbered]
    width = len(rows[0]) if rows else 0
    if not width:
        raise InputError(f"{path} has no cells, expected a table")
    for line, row in numbered:
        if len(row) != width:
            found = f"cells: found {len(row)}, expected {width} as in the first line"
            raise InputError(
                f"{path}, line {line}, {found}: quote cells that hold a delimiter, or fill in what is missing"
            )
    columns = list(zip(*rows, strict=True))
    named = len(rows) > 1 and _names_first(columns)
    if not named and len(rows) == 1 and not all(map(_is_number, rows[0])):
        raise InputError(f"{path} has names ({some(rows[0])}) and no rows, expected samples")
    return Frame(str(path), tuple(rows[0]) if named else (), tuple(_cells(c[named:]) for c in columns))


def _names_first(columns: Sequence[Sequence[str]]) -> bool:
    """Whether the first cells are names: no number above numbers, or words that do not come again."""
    tops = [(c[0], c[1:]) for c in columns if not _is_number(c[0])]
    if any(all(_is_number(cell) or not cell for cell in rest) and any(rest) for top, rest in tops if top):
        return True
    return bool(tops) and not any(top in rest for top, rest in tops)


def _cells(cells: Sequence[str]) -> np.ndarray:
    """float64, NaN for empty cells, if all others are numbers; else words."""
    if all(_is_number(c) or not c for c in cells) and any(cells):
        return np.array([float(c) if c else np.nan for c in cells])
    return np.array(cells)


def _without_index(frame: Frame) -> Frame:
    """Without a leading column of row numbers that has no name."""
    if len(frame.columns) < 2 or not frame.names or frame.names[0] not in INDEX_HEADS:
        return frame
    first = frame.columns[0]
    counts = first.dtype.kind == "f" and first[0] in (0, 1) and bool((np.diff(first) == 1).all())
    return Frame(frame.where, frame.names[1:], frame.columns[1:]) if counts else frame
