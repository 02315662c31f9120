"""What users see: tables and JSON on standard output, stages and errors on standard error."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from rich import box
from rich.console import Console
from rich.table import Table

from lapel.errors import OutputError

FILE_WIDTH = 200
"""Columns when standard output is no terminal: enough that no table is folded."""


def clean(text: str) -> str:
    """Names come from model files: what a terminal would obey, not print, is replaced."""
    return "".join(c if c.isprintable() or c == "\n" else "\N{REPLACEMENT CHARACTER}" for c in text)


def number(value: int | float | None, digits: int = 0) -> str:
    """With thousands separators; an unknown number is a dash."""
    return "-" if value is None else f"{value:,.{digits}f}"


def percent(share: float | None) -> str:
    """A share of one in percent."""
    return "-" if share is None else f"{100 * share:.2f} %"


@contextmanager
def standard_output() -> Iterator[None]:
    """While printing: a full disk is an OutputError, a reader that has gone is left to `main`."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as e:
        abandon_output()
        raise OutputError(f"standard output cannot be written: {e.strerror}") from None


def abandon_output() -> None:
    """Print nowhere from now on, so that the interpreter does not fail again when it ends."""
    _abandon(sys.stdout)


def _abandon(stream: Any) -> None:
    with contextlib.suppress(OSError, ValueError, AttributeError):  # it has no file of its own, as in tests
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def prepare_streams() -> None:
    """Text is UTF-8 whatever the locale says, and a name with other bytes or characters is printed all the same.

    Raises OutputError if standard output is closed: what is opened next would take its place.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = stream.encoding if os.environ.get("PYTHONIOENCODING") else "utf-8"
            stream.reconfigure(encoding=encoding, errors="replace")
    closed = sys.stdout is None
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if stream is None:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: its own
    if closed:
        raise OutputError("standard output is closed: redirect it to a file or /dev/null")


def say(text: str) -> None:
    """A line on standard output."""
    with standard_output():
        click.echo(clean(text))


def say_warning(text: str) -> None:
    """A line on standard output that belongs to the result, and stands out on a terminal."""
    with standard_output():
        click.echo(f"{click.style('warning:', fg='yellow', bold=True)} {clean(text)}")


def say_error(message: str) -> None:
    """The one line (or list) that says what went wrong; where nobody reads it, the exit code is left."""
    try:
        click.echo(f"{click.style('lapel: error:', fg='red', bold=True)} {clean(message)}", err=True)
    except OSError:
        _abandon(sys.stderr)


def print_json(content: dict[str, Any]) -> None:
    """One JSON object, and nothing else, on standard output."""
    with standard_output():
        click.echo(json.dumps(content, indent=2))


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], *, text: int = 1, total: Sequence[str] = ()
) -> None:
    """A table whose first `text` columns are words, to the left, and the others numbers, to the right."""
    table = Table(box=box.SIMPLE_HEAD, show_footer=bool(total), pad_edge=False)
    for k, name in enumerate(columns):
        footer = total[k] if total else ""
        words = k < text
        table.add_column(name, footer=footer, justify="left" if words else "right", no_wrap=not words, overflow="fold")
    for row in rows:
        table.add_row(*(clean(cell) for cell in row))
    width = shutil.get_terminal_size().columns if sys.stdout.isatty() else FILE_WIDTH
    console = Console(file=sys.stdout, markup=False, highlight=False, emoji=False, width=width)
    with standard_output():
        if title:
            console.print(clean(title), style="bold")
        console.print(table)


@contextmanager
def stages() -> Iterator[Callable[[str], None]]:
    """A `progress` callback that shows the stage on standard error while it lasts, if that is a terminal."""
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not console.is_terminal:
        yield lambda stage: None
        return
    with console.status("starting") as status:
        yield lambda stage: status.update(clean(stage))
