"""Tables as lines of text, in the columns that there are: names and numbers are never cut or broken.

Where a table is too wide, its prose is folded, then its headings, then columns that can be spared are left out, and at
last each row stands below its name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rich.cells import cell_len

GAP = 2
"""Blanks between columns."""
_PIECE = re.compile(r"\s*[^\s/]+/*|\s*/+")


@dataclass(frozen=True)
class Column:
    """A column: "name" and "prose" are to the left, "number" to the right; only prose may be folded.

    spare: whether it may be left out, and in which order: the highest goes first; 0 stays. least: characters that
    folded prose has at least.
    """

    title: str
    kind: Literal["name", "prose", "number"] = "number"
    spare: int = 0
    least: int = 20


@dataclass(frozen=True)
class Grid:
    """Columns with rows of as many cells, and maybe a last row of totals."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    total: tuple[str, ...] = ()

    def lines(self, width: int | None) -> tuple[list[str], list[str]]:
        """Lines of the heading, and the others, for so many columns of a screen; None: as many as it takes."""
        grid, left_out = self, list[str]()
        while width is not None and not grid._fits(width):
            spare = max(grid.columns, key=lambda c: c.spare)
            if spare.spare == 0:
                return [], self._stacked(width)
            left_out.append(spare.title)
            grid = grid._without(spare)
        head, body = grid._flat(width)
        if left_out:
            body += fold(f"(left out for room: {', '.join(left_out)}; --json has all)", width or 80)
        return head, body

    def _without(self, column: Column) -> Grid:
        at = self.columns.index(column)

        def less(cells: tuple[str, ...]) -> tuple[str, ...]:
            return cells[:at] + cells[at + 1 :]

        columns = tuple(c for c in self.columns if c != column)
        return Grid(columns, tuple(map(less, self.rows)), less(self.total))

    def _cells(self, at: int) -> list[str]:
        return [row[at] for row in (*self.rows, *([self.total] if self.total else []))]

    def _needed(self, at: int) -> int:
        """Least width of a column: of its cells, or of prose of their words, and of its heading's words."""
        column = self.columns[at]
        words, cells = _longest(_pieces(column.title)), _longest(self._cells(at))
        if column.kind == "prose":
            cells = max(min(cells, column.least), _longest(p for cell in self._cells(at) for p in _pieces(cell)))
        return max(words, cells)

    def _wanted(self, at: int) -> int:
        return _longest([self.columns[at].title, *self._cells(at)])

    def _fits(self, width: int) -> bool:
        return sum(map(self._needed, range(len(self.columns)))) + GAP * (len(self.columns) - 1) <= width

    def _widths(self, width: int | None) -> list[int]:
        """Of each column: what it wants, if there is room; else prose, then headings take less."""
        widths = [self._wanted(k) for k in range(len(self.columns))]
        if width is None:
            return widths
        over = sum(widths) + GAP * (len(widths) - 1) - width
        for prose in (True, False):
            for k in sorted(range(len(widths)), key=lambda k: -widths[k]):
                if over > 0 and (self.columns[k].kind == "prose") == prose:
                    less = min(over, widths[k] - self._needed(k))
                    widths[k] -= less
                    over -= less
        return widths

    def _flat(self, width: int | None) -> tuple[list[str], list[str]]:
        widths = self._widths(width)
        rule = "─" * (sum(widths) + GAP * (len(widths) - 1))
        head = self._row([c.title for c in self.columns], widths, folded=True)
        body = [rule, *(line for row in self.rows for line in self._row(row, widths))]
        return head, [*body, *([rule, *self._row(self.total, widths)] if self.total else [])]

    def _row(self, cells: Sequence[str], widths: Sequence[int], *, folded: bool = False) -> list[str]:
        """The lines of a row; the cells of headings end on the last one, others start on the first."""
        parts = []
        for cell, width, column in zip(cells, widths, self.columns, strict=True):
            folds = folded or column.kind == "prose"
            parts.append(fold(cell, width) if folds else [cell])
        height = max(map(len, parts))
        filled = [[""] * (height - len(p)) + p if folded else p + [""] * (height - len(p)) for p in parts]
        return [self._line([f[k] for f in filled], widths) for k in range(height)]

    def _line(self, cells: Sequence[str], widths: Sequence[int]) -> str:
        padded = []
        for cell, width, column in zip(cells, widths, self.columns, strict=True):
            blanks = " " * max(0, width - cell_len(cell))
            padded.append(blanks + cell if column.kind == "number" else cell + blanks)
        return (" " * GAP).join(padded).rstrip()

    def _stacked(self, width: int) -> list[str]:
        """Each row as its first cell and, below it, the others with their columns' names."""
        lines = []
        for row in (*self.rows, *([self.total] if self.total else [])):
            lines.append(row[0])
            told = [(c.title, x) for c, x in zip(self.columns[1:], row[1:], strict=True) if x not in ("", "-")]
            lines += _joined([f"{title}: {cell}" for title, cell in told], width)
        return lines


def fold(text: str, width: int) -> list[str]:
    """The text in lines of so many characters, broken at blanks and after slashes; what has neither is left whole."""
    lines = [""]
    for piece in _PIECE.findall(text):
        if lines[-1] and cell_len((lines[-1] + piece).rstrip()) > width:
            lines.append(piece.lstrip())
        else:
            lines[-1] += piece
    return [line.rstrip() for line in lines]


def _joined(parts: Sequence[str], width: int) -> list[str]:
    """Indented lines with as many parts on each as there is room for."""
    lines = [""]
    for k, part in enumerate(parts):
        text = part + (";" if k < len(parts) - 1 else "")
        if lines[-1] and cell_len(f"{lines[-1]} {text}") > width - GAP:
            lines.append("")
        lines[-1] = f"{lines[-1]} {text}".lstrip()
    return [" " * GAP + row for line in lines if line for row in fold(line, width - GAP)]


def _pieces(text: str) -> list[str]:
    return [p.strip() for p in _PIECE.findall(text)]


def _longest(texts: Iterable[str]) -> int:
    return max(map(cell_len, texts), default=0)
