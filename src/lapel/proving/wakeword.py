"""A wake word as `lapel train wakeword` writes it -> ears: its front end, its network as a stream, its detector."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

from lapel.errors import InputError
from lapel.files import LEDGER, reason
from lapel.proving.ears import Ears, take
from lapel.proving.models import load
from lapel.records import WakeWord


def read_wakeword(path: Path | str, name: str | None = None) -> Ears:
    """The ears of a wakeword.json, with the model beside it.

    name: of the model in C. Raises FormatError: no such record; InputError: the model is missing, is another one than
    that of the record, or does not take what the front end makes.
    """
    path = Path(path)
    record = WakeWord.read(path, ignored=(LEDGER,))
    file = path.parent / record.model
    try:
        found = hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError as e:
        raise InputError(f"{path}: its model {file} cannot be read: {reason(e)}: keep both in one folder") from None
    if found != record.model_sha256:
        raise InputError(
            f"{file} is not the model of {path}: sha256 {found[:12]}…, expected {record.model_sha256[:12]}…: train "
            "again, or keep the files together as they were written"
        )
    return take(replace(load(file, None), name=name or record.name), record.detector, front=record.front)
