"""The model file beside a record that names it: there, and the very one."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lapel.errors import InputError
from lapel.files import reason


def recorded_model(record: Path, model: str, sha256: str) -> Path:
    """The path of a record's model. Raises InputError: it cannot be read, or is another one than that of the record."""
    file = record.parent / model
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as e:
        raise InputError(f"{record}: its model {file} cannot be read: {reason(e)}: keep both in one folder") from None
    if found != sha256:
        raise InputError(
            f"{file} is not the model of {record}: sha256 {found[:12]}…, expected {sha256[:12]}…: train again, or keep "
            "the files together as they were written"
        )
    return file
