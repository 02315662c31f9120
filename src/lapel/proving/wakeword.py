"""A wake word as `lapel train wakeword` writes it -> ears: its front end, its network as a stream, its detector."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lapel.files import LEDGER
from lapel.proving.ears import Ears, take
from lapel.proving.modelfile import recorded_model
from lapel.proving.models import load
from lapel.records import WakeWord


def read_wakeword(path: Path | str, name: str | None = None) -> Ears:
    """The ears of a wakeword.json, with the model beside it.

    name: of the model in C. Raises FormatError: no such record; InputError: the model is missing, is another one than
    that of the record, or does not take what the front end makes.
    """
    path = Path(path)
    record = WakeWord.read(path, ignored=(LEDGER,))
    file = recorded_model(path, record.model, record.model_sha256)
    return take(replace(load(file, None), name=name or record.name), record.detector, front=record.front)
