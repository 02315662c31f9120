"""The folder of a training's steps: what of it is ours, and how it is emptied."""

from __future__ import annotations

import re
from pathlib import Path

from lapel.errors import OutputError
from lapel.files import check_writable, reason

OURS = re.compile(r"[a-z]+[a-z0-9-]*-[0-9a-f]{12}\.(npz|pt)")
"""Names of steps: what it is, and the beginning of its key."""


def check_work(folder: Path) -> None:
    """Raise OutputError if steps cannot be written there, before any work is done for them."""
    check_writable(folder)


def finished(folder: Path) -> list[Path]:
    """The folder, if there are steps in it: what the same command goes on from."""
    return [folder] if folder.is_dir() and any(OURS.fullmatch(p.name) for p in folder.iterdir()) else []


def clear(folder: Path) -> None:
    """Remove steps, and nothing else. Raises OutputError if one cannot be removed."""
    for path in sorted(folder.glob("*")) if folder.is_dir() else ():
        if OURS.fullmatch(path.name) and path.is_file():
            try:
                path.unlink(missing_ok=True)
            except OSError as e:
                raise OutputError(f"{path} cannot be removed: {reason(e)}: choose another folder") from None
