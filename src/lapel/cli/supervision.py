"""Work of hours in a process of its own: what ends it in compiled code is an error like any other, and loses nothing.

A fault in a library (SIGSEGV), or a system that has no memory left (SIGKILL), ends a process without a word. So the
command `lapel` trains in a child: its parent waits, passes signals on, and says what ended it, what was kept, and what
to do. In a program that calls `main` there is no child: its process is its own affair.
"""

from __future__ import annotations

import contextlib
import faulthandler
import functools
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lapel import interrupts
from lapel.errors import ProcessEnded

ONEDNN = "ONEDNN_MAX_CPU_ISA"
"""Names the newest instructions that PyTorch's oneDNN may use."""
OLDER = "SSE41"
FAULTS = {
    number for name in ("SIGSEGV", "SIGBUS", "SIGILL", "SIGFPE", "SIGABRT") if (number := getattr(signal, name, None))
}

Command = Callable[..., int]


def supervised(kept: Callable[..., Iterable[Path]]) -> Callable[[Command], Command]:
    """A command that runs in a child process where that can be. kept: files that it goes on from, by the command's own
    arguments; those that are there are named. Raises ProcessEnded where a signal ended the child."""

    def wrap(command: Command) -> Command:
        @functools.wraps(command)
        def called(**given: Any) -> int:
            if not interrupts.is_command() or not hasattr(os, "fork"):
                return command(**given)
            child = _fork()
            if child is None:
                return command(**given)
            status = _wait(child)
            if os.WIFSIGNALED(status):
                raise ProcessEnded(_told(os.WTERMSIG(status), [p for p in kept(**given) if p.exists()]))
            return os.waitstatus_to_exitcode(status)

        return called

    return wrap


def _fork() -> int | None:
    """The child's number in the parent, None in the child, which ends when its parent is no more."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    reader, writer = os.pipe()
    child = os.fork()
    if child:
        os.close(reader)  # the writer stays open as long as this process is
        return child
    os.close(writer)
    threading.Thread(target=_end_with_parent, args=(reader,), daemon=True).start()
    with contextlib.suppress(OSError, ValueError, AttributeError):  # where nobody reads standard error
        faulthandler.enable()
    return None


def _end_with_parent(reader: int) -> None:
    os.read(reader, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _wait(child: int) -> int:
    """Its status. Signals that are to end this process are passed on; the child says that it was ended."""
    while True:
        try:
            return os.waitpid(child, 0)[1]
        except interrupts.Ended as e:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, e.exit_code - 128)


def _told(number: int, kept: list[Path]) -> str:
    there = f"what was finished is kept in {' '.join(map(str, kept))}" if kept else "no step was finished yet"
    return f"{_name(number)} ended the process that trained: {_reason(number)}; {there}: {_advice(number, bool(kept))}"


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _reason(number: int) -> str:
    if number in FAULTS:
        return "a fault in compiled code, such as PyTorch's"
    if number == getattr(signal, "SIGKILL", None):
        return "somebody's, or the system's that had no memory left"
    return "nobody here sent it"


def _advice(number: int, kept: bool) -> str:
    again = "the same command goes on from there" if kept else "give the command again"
    if number == getattr(signal, "SIGKILL", None):
        return f"{again}, with more memory, or a smaller batch"
    if number in FAULTS and not os.environ.get(ONEDNN):
        return (
            f"{again}; with {ONEDNN}={OLDER} in the environment PyTorch leaves out instructions whose code is known to "
            "fault on some processors"
        )
    return again
