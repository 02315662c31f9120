"""What users see: tables and JSON on standard output, stages and errors on standard error."""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TextIO

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from lapel.cli.grid import Column, Grid
from lapel.errors import OutputError

SLOW_S = 5.0
"""Seconds after which a stage is said on standard error, if that is no terminal."""


def clean(text: str) -> str:
    """Names come from model files: what a terminal would obey, not print, is replaced. Bytes of paths are UTF-8."""
    text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
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


def say_lines(text: str) -> None:
    """Indented lines; on a terminal those that are too long for it go on below, further to the right."""
    room = width()
    if room is None:
        say(text)
        return
    folded = []
    for line in text.splitlines():
        start = len(line) - len(line.lstrip())
        more = " " * (start + 4)
        folded += textwrap.wrap(
            line, max(room, start + 24), subsequent_indent=more, break_long_words=False, break_on_hyphens=False
        ) or [""]
    say("\n".join(folded))


def say_warning(text: str) -> None:
    """A line on standard output that belongs to the result, and stands out on a terminal."""
    head = "warning:"
    with standard_output():
        click.echo(f"{click.style(head, fg='yellow', bold=True) if colours(sys.stdout) else head} {clean(text)}")


def say_error(message: str) -> None:
    """The one line (or list) that says what went wrong; where nobody reads it, the exit code is left."""
    head = "lapel: error:"
    try:
        coloured = click.style(head, fg="red", bold=True) if colours(sys.stderr) else head
        click.echo(f"{coloured} {clean(message)}", err=True)
    except OSError:
        _abandon(sys.stderr)


def print_json(content: dict[str, Any]) -> None:
    """One JSON object, and nothing else, on standard output."""
    with standard_output():
        click.echo(json.dumps(content, indent=2))


class _Console(Console):
    """Without an exit code of its own for a reader that has gone."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def print_table(
    title: str, columns: Sequence[Column], rows: Sequence[Sequence[str]], *, total: Sequence[str] = ()
) -> None:
    """A table as wide as the terminal at most (`lapel.cli.grid`), or as wide as it wants to be, where there is none."""
    grid = Grid(tuple(columns), tuple(tuple(map(clean, row)) for row in rows), tuple(map(clean, total)))
    head, body = grid.lines(width())
    with standard_output():
        for line in ([clean(title)] if title else []) + head:
            click.echo(click.style(line, bold=True) if colours(sys.stdout) else line)
        click.echo("\n".join([*body, ""]))


def width() -> int | None:
    """Columns of the terminal on standard output; None if it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def colours(stream: TextIO) -> bool:
    """Whether a stream is a terminal whose user wants more than plain text (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


@contextmanager
def stages(quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A `progress` callback that says on standard error what is going on.

    On a terminal the stage and its time stand there while it lasts. Elsewhere a stage that takes longer than SLOW_S
    gets a plain line of its own; quiet: none does.
    """
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if console.is_terminal and not console.is_dumb_terminal:
        with Progress(SpinnerColumn(), _STAGE, TimeElapsedColumn(), console=console, transient=True) as bar:
            shown = [bar.add_task("starting", total=None)]

            def show(stage: str) -> None:
                bar.remove_task(shown.pop())
                shown.append(bar.add_task(clean(stage), total=None))

            yield show
        return
    with _Lines() as lines:
        yield (lambda stage: None) if quiet else lines.begin


_STAGE = TextColumn("{task.description}", markup=False)


class _Lines:
    """Plain lines on standard error, one for each stage that is slow, with the time since the start and its number."""

    def __init__(self) -> None:
        self._waiting: threading.Timer | None = None
        self._started_s, self._stages = time.monotonic(), 0

    def __enter__(self) -> _Lines:
        return self

    def __exit__(self, *error: object) -> None:
        self._end()

    def begin(self, stage: str) -> None:
        self._end()
        self._stages += 1
        after_s = time.monotonic() - self._started_s
        line = f"lapel: {clean(stage)} (stage {self._stages}, begun after {after_s:.0f} s)"
        self._waiting = threading.Timer(SLOW_S, click.echo, [line], {"err": True})
        self._waiting.daemon = True
        self._waiting.start()

    def _end(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting.join()
