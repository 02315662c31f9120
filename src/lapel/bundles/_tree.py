"""A project's folder: what Lapel wrote there is known by its SHA-256, and what somebody changed is kept.

The manifest says so of each file. It is written before the others, with what they were and what they will be, and again
behind them: so a process that is killed in between leaves nothing that the next one takes for a user's.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapel.errors import FormatError, OutputError
from lapel.files import LEDGER, check_file, make_folder, write_file
from lapel.records.document import read_json

EXPORT = "lapel-export.json"
"""The manifest in the folder."""
_ANOTHER = "choose another folder"


@dataclass(frozen=True)
class Written:
    """Paths relative to the folder. kept: were changed, or are a user's, and stay as they are. stale: of an earlier
    export, and no part of this one."""

    files: tuple[str, ...]
    kept: tuple[str, ...]
    stale: tuple[str, ...]


def write_tree(folder: Path, contents: Mapping[str, bytes], head: Mapping[str, Any]) -> Written:
    """Write files by their paths below a folder, and the manifest with `head`, whose keys say whose project this is.

    Raises OutputError: something cannot be written, or the folder is of another project; FormatError: the manifest that
    is there is damaged.
    """
    make_folder(folder)
    known = _known(folder, head)
    kept = tuple(n for n, c in contents.items() if not _is_ours(folder / n, c, known.get(n, [])))
    fresh = {n: c for n, c in contents.items() if n not in kept}
    for name in fresh:
        make_folder((folder / name).parent)
        check_file(folder / name)
    digests = {n: _digest(c) for n, c in fresh.items()}
    # An older export's digest stays with what is kept: should the user take the change back, it is Lapel's again.
    both = {n: [*known.get(n, []), d] for n, d in digests.items()}
    stale = tuple(n for n in known if n not in contents and (folder / n).is_file())
    rest = {n: d for n, d in known.items() if n in kept or n in stale}
    _write_manifest(folder, head, both | rest)
    for name, content in fresh.items():
        write_file(folder / name, content)
    _write_manifest(folder, head, {n: [d] for n, d in digests.items()} | rest)
    return Written(tuple(fresh), kept, stale)


def _known(folder: Path, head: Mapping[str, Any]) -> dict[str, list[str]]:
    path = folder / EXPORT
    if not path.exists():
        return {}
    content = read_json(path)
    ledger = content.get(LEDGER) if isinstance(content, dict) else None
    if not isinstance(ledger, dict):
        raise FormatError(f"{path}: has no {LEDGER!r}, and only that tells whose files these are: {_ANOTHER}")
    for key, value in head.items():
        if content.get(key) != value:
            found = f"{key} {content.get(key)!r}, expected {value!r}"
            raise OutputError(f"{folder} has another export, of {found}: {_ANOTHER}")
    return {str(n): [str(d) for d in ds] for n, ds in ledger.items() if isinstance(ds, list)}


def _is_ours(path: Path, content: bytes, digests: list[str]) -> bool:
    """Whether a file may be written: it is not there, or as Lapel wrote it or would write it."""
    try:
        found = path.read_bytes()
    except FileNotFoundError:
        return True
    except OSError as e:
        raise OutputError(f"{path} cannot be read: {e.strerror}: {_ANOTHER}") from None
    return found == content or _digest(found) in digests


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _write_manifest(folder: Path, head: Mapping[str, Any], ledger: Mapping[str, list[str]]) -> None:
    content = {**head, LEDGER: dict(sorted(ledger.items()))}
    write_file(check_file(folder / EXPORT), (json.dumps(content, indent=2) + "\n").encode())
