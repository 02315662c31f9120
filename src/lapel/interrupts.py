"""Signals that end the command: Ctrl-C, SIGTERM, SIGHUP. They unwind it, so that nothing of it is left behind.

The first one raises an exception, after which further ones are ignored while what was begun is cleared away. Programs
that use Lapel as a library have handlers of their own, or none; only the command line installs these.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Iterator

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SAID = {signal.SIGINT: "interrupted", signal.SIGTERM: "terminated", signal.SIGHUP: "the terminal has gone"}


class Ended(KeyboardInterrupt):
    """One of the signals came. exit_code: as shells have it, 128 and the signal's number."""

    def __init__(self, number: int) -> None:
        super().__init__(SAID[signal.Signals(number)])
        self.exit_code = 128 + number


class _State:
    holds = 0
    pending: int | None = None


def _end(number: int, frame: object) -> None:
    for other in ENDING:
        signal.signal(other, signal.SIG_IGN)
    if _State.holds:
        _State.pending = number
    else:
        raise Ended(number)


@contextlib.contextmanager
def handled() -> Iterator[None]:
    """While this lasts, the signals raise `Ended`; those that were ignored, as under nohup, stay so."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in ENDING}
    _State.pending = None
    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler if handler is not None else signal.SIG_DFL)
        if is_command():  # all is done and said, and an interpreter that ends would print a traceback
            signal.signal(signal.SIGINT, signal.SIG_IGN)


class Hold:
    """What `held` gives: `release` lets through a signal that came meanwhile."""

    def __init__(self) -> None:
        self._on = threading.current_thread() is threading.main_thread()
        _State.holds += self._on

    def release(self) -> None:
        """End the hold; raises `Ended` if there was a signal."""
        if threading.current_thread() is not threading.main_thread():
            return
        _State.holds -= self._on
        self._on = False
        if _State.pending is not None and not _State.holds:
            number, _State.pending = _State.pending, None
            raise Ended(number)


@contextlib.contextmanager
def held() -> Iterator[Hold]:
    """No signal between the start of something and the `try` that ends it: `release` inside of that."""
    hold = Hold()
    try:
        yield hold
    finally:
        hold.release()


def guard_imports() -> None:
    """In the command, not in a program that imports Lapel: Ctrl-C is one line even before `main` is there."""
    if not is_command() or threading.current_thread() is not threading.main_thread():
        return
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _leave)


def unguard_imports() -> None:
    """After the imports: Ctrl-C is an exception again."""
    if signal.getsignal(signal.SIGINT) is _leave:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def is_command() -> bool:
    """`lapel` or `python -m lapel`."""
    given = sys.orig_argv
    as_module = "-m" in given and given[given.index("-m") + 1 :][:1] == ["lapel"]
    return as_module or os.path.basename(given[1] if len(given) > 1 else "") == "lapel"


def _leave(number: int, frame: object) -> None:
    said, code = SAID[signal.SIGINT], 128 + number
    with contextlib.suppress(OSError):
        os.write(2, f"lapel: error: {said}\n".encode())
        if "--json" in sys.argv:
            error = f'{{"error": {{"type": "KeyboardInterrupt", "message": "{said}", "exit_code": {code}}}}}\n'
            os.write(1, error.encode())
    os._exit(code)


guard_imports()  # what `lapel/__init__.py` imports first is this
