"""Where the .toml files of cores, boards and timetables are: in the package, and boards also in folders of the user's.

A file is found by its stem, which is its name. These folders are named by LAPEL_BOARDS (with colons between, on Windows
semicolons) or for a while by `boards_from`, which the option `--boards` is.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Literal

from lapel.errors import TargetError, shown

Kind = Literal["core", "board", "timing"]
FOLDERS: Mapping[Kind, Path] = {
    "core": Path(__file__).parent / "cores",
    "board": Path(__file__).parent / "boards",
    "timing": Path(__file__).parent / "timing",
}
"""Where the package has its own."""

VARIABLE = "LAPEL_BOARDS"
"""Names folders of the user's boards."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]*")
_EXTRA: ContextVar[tuple[Path, ...]] = ContextVar("boards_from", default=())

Stamp = tuple[tuple[Path, int, int], ...]
"""The user's files with their times and sizes: as long as it is the same, so is all that was read from them."""


@contextmanager
def boards_from(*folders: Path | str) -> Iterator[None]:
    """Find boards in these folders, too, as long as the context lasts.

    Raises TargetError: there is no such folder, or a board of it has a name that another file has.
    """
    token = _EXTRA.set((*_EXTRA.get(), *map(Path, folders)))
    try:
        find("board")
        yield
    finally:
        _EXTRA.reset(token)


def user_folders() -> dict[Path, str]:
    """The user's folders, and what named each."""
    named = [Path(p) for p in os.environ.get(VARIABLE, "").split(os.pathsep) if p]
    return {**dict.fromkeys(named, f"{VARIABLE} names it"), **dict.fromkeys(_EXTRA.get(), "")}


def find(kind: Kind) -> dict[str, Path]:
    """Every file of that kind by its name; those whose names start with `_` are only inherited from.

    Raises TargetError: a folder of the user's is none, or a name there is taken or odd.
    """
    found = dict(_own(FOLDERS[kind]))
    if kind != "board":
        return found
    taken = find("core") | found
    for folder, why in user_folders().items():
        for path in _user_files(folder, why):
            if not _is_same(path, taken.get(path.stem)):  # as in a folder that is named twice
                _check_name(path, taken)
                found[path.stem] = taken[path.stem] = path
    return found


@cache
def _own(folder: Path) -> Mapping[str, Path]:
    return {p.stem: p for p in sorted(folder.glob("*.toml"))}


def is_users(path: Path) -> bool:
    """Whether a file is none of the package."""
    return path.parent not in FOLDERS.values()


def stamp() -> Stamp:
    """What tells whether the user's files are as they were."""
    users = [p for p in find("board").values() if is_users(p)]
    try:
        return tuple((p, state.st_mtime_ns, state.st_size) for p in users for state in [p.stat()])
    except OSError as e:
        raise TargetError(f"{e.filename}: cannot be read: {e.strerror}") from None


def read(path: Path) -> dict[str, Any]:
    """The table in a file. Raises TargetError, which names the file and the line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise TargetError(f"{path}: cannot be read: {e.strerror}") from None
    except ValueError as e:
        raise TargetError(f"{path}: is no TOML in UTF-8: {e}") from None


def line_of(path: Path, key: str) -> str:
    """Where a file sets a key, or a table, in words; "" where it does not, but another one that it inherits from."""
    last = re.escape(key.rpartition(".")[2])
    sets = re.compile(rf"^\s*(?:(?:\w+\.)*{last}\s*=|\[\s*{re.escape(key)}\s*\])")
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((f" on line {k}" for k, line in enumerate(lines, 1) if sets.match(line)), "")


def _user_files(folder: Path, why: str) -> list[Path]:
    try:
        return sorted(p for p in folder.iterdir() if p.suffix == ".toml")
    except (OSError, ValueError) as e:
        said = f"{shown(str(folder))}: {getattr(e, 'strerror', None) or e}" + (f" ({why})" if why else "")
        raise TargetError(f"{said}: expected a folder with one .toml a board") from None


def _is_same(path: Path, other: Path | None) -> bool:
    return other is not None and is_users(other) and os.path.realpath(path) == os.path.realpath(other)


def _check_name(path: Path, taken: Mapping[str, Path]) -> None:
    name = path.stem
    if not _NAME.fullmatch(name):
        raise TargetError(f"{path}: the board's name is {shown(name)!r}, expected letters, digits and -._+ after them")
    other = taken.get(name)
    if other is not None:
        own = "core of Lapel" if other.parent == FOLDERS["core"] else "board of Lapel"
        whose = f"{other} has it" if is_users(other) else f"a {own} has it"
        raise TargetError(f"{path}: the name {name!r} is taken, {whose}: give the file another name")
