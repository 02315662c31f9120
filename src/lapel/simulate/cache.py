"""A per-user cache of compiled files that depend on nothing but their sources and their compiler.

Folder: `$LAPEL_CACHE`, else `$XDG_CACHE_HOME/lapel`, else `~/.cache/lapel`. A file's name holds the hash of
all that it was made from, so nothing is ever stale, and it is put in place by one rename, so that processes
may race.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from lapel.errors import OutputError

ADVICE = "set LAPEL_CACHE to a folder that can be written"


def cache_folder() -> Path:
    """The cache's folder, made if it was not there. Raises OutputError if it cannot be."""
    base = os.environ.get("LAPEL_CACHE")
    xdg = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    folder = Path(base) if base else Path(xdg) / "lapel"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"cache folder {folder} cannot be made: {e.strerror}: {ADVICE}") from None
    return folder


def cached(name: str, suffix: str, made_from: Sequence[bytes | str], make: Callable[[Path], None]) -> Path:
    """The file that `make(path)` writes, made once for each content of `made_from`."""
    digest = hashlib.sha256()
    for part in made_from:
        data = part.encode() if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    path = cache_folder() / f"{name}_{digest.hexdigest()[:24]}{suffix}"
    if not path.is_file():
        try:
            folder = tempfile.TemporaryDirectory(dir=path.parent)
        except OSError as e:
            raise OutputError(f"cache folder {path.parent} cannot be written: {e.strerror}: {ADVICE}") from None
        with folder:
            fresh = Path(folder.name) / path.name
            make(fresh)
            os.replace(fresh, path)
    return path
