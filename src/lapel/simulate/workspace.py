"""Temporary folders for compilers and emulators."""

from __future__ import annotations

import contextlib
import errno
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lapel.errors import OutputError
from lapel.interrupts import held

ADVICE = "set TMPDIR to a folder with room"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@contextlib.contextmanager
def workspace() -> Iterator[Path]:
    """A temporary folder, which is gone afterwards. Raises OutputError if there is none, or no room in it."""
    with held() as hold:
        try:
            made = tempfile.TemporaryDirectory(prefix="lapel-", ignore_cleanup_errors=True)
        except OSError as e:
            raise OutputError(f"temporary files cannot be written: {e.strerror}: {ADVICE}") from None
        with made as folder:
            hold.release()
            try:
                yield Path(folder)
            except OSError as e:
                if e.errno not in _NO_ROOM:
                    raise
                raise OutputError(f"temporary files in {folder} cannot be written: {e.strerror}: {ADVICE}") from None
