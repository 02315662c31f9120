"""A per-user cache of compiled files that depend on nothing but their sources and their compiler.

Folder: `$LAPEL_CACHE`, else `$XDG_CACHE_HOME/lapel`, else `~/.cache/lapel`. A file's name holds the hash of
all that it was made from, so nothing is ever stale; another file beside it holds the hash of its content, so that one
which is empty, truncated or changed is made again. Each is put in place by one rename, so that processes may race.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable, Sequence
from pathlib import Path

from lapel.errors import OutputError
from lapel.files import replacing
from lapel.simulate.workspace import workspace

ADVICE = "set LAPEL_CACHE to a folder that can be written"


def cache_folder() -> Path:
    """The cache's folder, made if it was not there. Raises OutputError if it cannot be."""
    folder = _place()
    try:
        folder = folder.absolute()  # compilers run in other folders
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise OutputError(f"cache folder {folder} cannot be made: {e.strerror}: {ADVICE}") from None
    return folder


def _place() -> Path:
    base, xdg = os.environ.get("LAPEL_CACHE"), os.environ.get("XDG_CACHE_HOME")
    if base:
        return Path(base)
    try:
        return (Path(xdg) if xdg else Path.home() / ".cache") / "lapel"
    except RuntimeError:  # no HOME, and a user without an entry
        raise OutputError(f"there is no home folder for the cache: {ADVICE}") from None


def cached(name: str, suffix: str, made_from: Sequence[bytes | str], make: Callable[[Path], None]) -> Path:
    """The file that `make(path)` writes, made once for each content of `made_from`."""
    digest = hashlib.sha256()
    for part in made_from:
        data = part.encode(errors="surrogateescape") if isinstance(part, str) else part
        digest.update(len(data).to_bytes(8, "little") + data)
    path = cache_folder() / f"{name}_{digest.hexdigest()[:24]}{suffix}"
    if not _is_whole(path):
        with workspace() as folder:
            fresh = folder / path.name
            make(fresh)
            content = fresh.read_bytes()
            mode = fresh.stat().st_mode
        with replacing(path, ADVICE) as file:
            os.fchmod(file.fileno(), stat.S_IMODE(mode))
            file.write(content)
        with replacing(_digest_path(path), ADVICE) as file:
            file.write(_digest(content))
    return path


def _digest_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).hexdigest().encode()


def _is_whole(path: Path) -> bool:
    """Whether a file is there, as it was made."""
    try:
        return _digest_path(path).read_bytes() == _digest(path.read_bytes())
    except OSError:
        return False
