"""Run an emulator: in its own process group, with a time limit, its last words kept for the error."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from collections.abc import Sequence
from pathlib import Path

from lapel.errors import SimulationError


def run(command: Sequence[str], folder: Path, timeout_s: float, what: str) -> tuple[int, str]:
    """Exit status and standard error of a program.

    Raises SimulationError when it takes longer than `timeout_s` seconds; all of its processes are killed then.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
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


def last_line(text: str) -> str:
    """The last line of what a program said, for a message; empty when it said nothing."""
    lines = text.strip().splitlines()
    return lines[-1].strip() if lines else ""
