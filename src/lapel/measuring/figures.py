"""A per-user store of measured figures, beside the cache of compiled files: one SQLite file, safe for many processes.

It is a cache: what cannot be read, because the file is damaged or not ours, is missing, and is measured again.
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from lapel.simulate.cache import cache_folder

FILE = "figures.sqlite"
WAIT_S = 20.0
_DAMAGED = (sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_TABLE = "CREATE TABLE IF NOT EXISTS figures (key TEXT PRIMARY KEY, content TEXT NOT NULL) WITHOUT ROWID"


def read_figures(keys: Sequence[str]) -> dict[str, Any]:
    """What is stored under these keys, as plain data; keys without anything are left out."""
    path = cache_folder() / FILE
    found = {}
    with contextlib.suppress(sqlite3.Error, ValueError), _open(path) as store:
        for key in keys:
            for (content,) in store.execute("SELECT content FROM figures WHERE key = ?", (key,)):
                found[key] = json.loads(content)
    return found


def write_figures(figures: Mapping[str, Any]) -> None:
    """Store plain data; a file that cannot take it is replaced once, and left alone if that does not help."""
    path = cache_folder() / FILE
    rows = [(key, json.dumps(content)) for key, content in figures.items()]
    for last in (False, True):
        try:
            with _open(path) as store:
                store.executemany("INSERT OR REPLACE INTO figures VALUES (?, ?)", rows)
            return
        except sqlite3.Error as e:
            # Not where it is locked for too long, the disk is full, or the folder is not ours.
            if last or e.sqlite_errorcode not in _DAMAGED:
                return
            with contextlib.suppress(OSError):
                os.unlink(path)


@contextlib.contextmanager
def _open(path: Path) -> Iterator[sqlite3.Connection]:
    store = sqlite3.connect(path, timeout=WAIT_S)
    try:
        with store:
            store.execute(_TABLE)
            yield store
    finally:
        store.close()
