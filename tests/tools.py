"""Programs of tests in place of real ones, and processes that end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path


def program(folder: Path, name: str, body: str) -> Path:
    """A bash script that can be run."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def first_on_path(folder: Path) -> str:
    """A PATH that begins with this folder."""
    return f"{folder}{os.pathsep}{os.environ['PATH']}"


def runs(pid: int) -> bool:
    """Whether a process is there and has not ended (a zombie has)."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


def wait_until(done: Callable[[], bool]) -> None:
    """Ask until it is so; a limit only so that a defect ends."""
    end_s = time.monotonic() + 120
    while not done():
        assert time.monotonic() < end_s, "not within 120 s"
        time.sleep(0.01)
