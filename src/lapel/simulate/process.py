"""Run an emulator: in its own process group, with a time limit, its last words kept for the error."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path

from lapel.errors import SimulationError


def run(command: Sequence[str], folder: Path, timeout_s: float, what: str) -> tuple[int, str]:
    """Exit status and standard error of a program.

    Raises SimulationError when it takes longer than `timeout_s` seconds; then all its processes are killed.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=_environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        said, _ = process.communicate(timeout=timeout_s)
    except subprocess.TimeoutExpired:
        raise SimulationError(
            f"{what}: no end after {timeout_s:g} s of host time; an endless loop, or give it more time"
        ) from None
    finally:
        kill(process)
    return process.returncode, said.decode(errors="replace").strip()


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process group that `start_new_session` made, if it still runs."""
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
        with stdin.open("rb") as feed:
            self._process = subprocess.Popen(
                command,
                cwd=folder,
                env=_environment(),
                stdin=feed,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )

    def __enter__(self) -> Listener:
        return self

    def __exit__(self, *unused: object) -> None:
        kill(self._process)
        for pipe in (self._process.stdout, self._process.stderr):
            if pipe:
                pipe.close()

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
