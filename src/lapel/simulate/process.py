"""Run compilers and emulators: in process groups of their own, with time limits, last words kept for the error."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from lapel.errors import MissingTool, SimulationError
from lapel.interrupts import held

TIMEOUT_S = 600.0
"""Host seconds that a compiler or an emulator may take, if not said otherwise."""


@contextlib.contextmanager
def started(command: Sequence[str], folder: Path, **options: Any) -> Iterator[subprocess.Popen[bytes]]:
    """A program that runs in `folder`, its standard output a pipe; it and its children are killed at the end.

    options: of `Popen`, beside these. Raises MissingTool if the program cannot be run.
    """
    options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "env": _environment(), **options}
    with held() as hold:
        try:
            process = subprocess.Popen(command, cwd=folder, start_new_session=True, **options)
        except OSError as e:
            raise _cannot_run(command[0], folder, e.strerror) from None
        try:
            hold.release()
            yield process
        finally:
            kill(process)
            for pipe in (process.stdout, process.stderr):
                if pipe:
                    pipe.close()


def _cannot_run(program: str, folder: Path, reason: str | None) -> MissingTool:
    """Either a tool is no program, or firmware for this computer lies where programs may not be."""
    if Path(program).parent == folder:
        return MissingTool(f"{program} cannot be run: {reason}: set TMPDIR to a folder where programs may run")
    return MissingTool(f"{program} cannot be run: {reason}: install it anew, or put another one first on PATH")


def run(command: Sequence[str], folder: Path, timeout_s: float, what: str) -> tuple[int, str]:
    """Exit status and standard error of a program.

    Raises SimulationError when it takes longer than `timeout_s` seconds; then all its processes are killed.
    """
    with started(command, folder, stderr=subprocess.STDOUT) as process:
        try:
            said, _ = process.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise SimulationError(
                f"{what}: no end after {timeout_s:g} s of host time; an endless loop, or give it more time"
            ) from None
    return process.returncode, said.decode(errors="replace").strip()


def kill(process: subprocess.Popen[bytes]) -> None:
    """End the process group that `start_new_session` made, as far as it still runs."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment() -> dict[str, str]:
    """Our own, and whom the program ends with (counters/tether.h)."""
    return {**os.environ, "LAPEL_PARENT": str(os.getpid())}


def last_line(text: str) -> str:
    """The last line of what a program said, for a message; empty when it said nothing."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""


class Listener:
    """A program that reads a file and is heard until a mark, because it does not end by itself."""

    def __init__(self, command: Sequence[str], folder: Path, stdin: Path) -> None:
        self._name = Path(command[0]).name
        self._stack = contextlib.ExitStack()
        self._arguments = command, folder, stdin

    def __enter__(self) -> Listener:
        command, folder, stdin = self._arguments
        with stdin.open("rb") as feed:
            running = started(command, folder, stdin=feed, stderr=subprocess.PIPE)
            self._process = self._stack.enter_context(running)
        return self

    def __exit__(self, *unused: object) -> None:
        self._stack.close()

    def hear_until(self, mark: bytes, timeout_s: float) -> bytes:
        """All that it said up to and with `mark`.

        Raises SimulationError when it ends before that, or after `timeout_s` seconds.
        """
        assert self._process.stdout is not None
        source = self._process.stdout.fileno()
        end_s = time.monotonic() + timeout_s
        heard = b""
        while not heard.endswith(mark):
            if not select.select([source], [], [], max(end_s - time.monotonic(), 0.0))[0]:
                raise SimulationError(f"{self._name}: no end mark after {timeout_s:g} s; it said {len(heard)} bytes")
            more = os.read(source, 1 << 16)
            if not more:
                _, said = self._process.communicate()
                raise SimulationError(f"{self._name} ended early: {last_line(said.decode(errors='replace'))}")
            heard += more
        return heard
