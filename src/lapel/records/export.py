"""`Exported`: what was written for somebody else's build."""

from __future__ import annotations

from dataclasses import dataclass

from lapel.records.document import Record


@dataclass(frozen=True)
class Exported(Record):
    """Files for somebody else's build. to: whose. files: their paths, the one that is named there first.

    arena_bytes: what TensorFlow Lite Micro needs for the model, measured; None where it does not run it. notices: what
    a user has to know, a sentence each. kept: files that would have been written, and are a user's.
    """

    model: str
    to: str
    files: tuple[str, ...]
    arena_bytes: int | None
    notices: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
