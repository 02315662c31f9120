"""`Verified`: recordings against a speaker who was enrolled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lapel.records.brief import warning_parts
from lapel.records.document import Record
from lapel.records.run import Run


@dataclass(frozen=True)
class Utterance:
    """A recording. score: the similarity of its embedding to the template, int16 of scale 2^-15; cosine: the same as a
    number."""

    name: str
    score: int

    @property
    def cosine(self) -> float:
        """-1..1."""
        return self.score / 32768


@dataclass(frozen=True, repr=False)
class Verified(Record):
    """Recordings, verified by a speaker's template.

    enrolled: what the template is made of, with their own similarity to it. template: int8 values. compared: what was
    verified; accepted, by name, are those whose score is the threshold or more. firmware: the same verifications on a
    target, None without one. warnings: what a user has to know, a sentence each.
    """

    ALSO: ClassVar = ("accepted",)

    verifier: str
    threshold: int
    agreement: int
    enrolled: tuple[Utterance, ...]
    template: tuple[int, ...]
    compared: tuple[Utterance, ...] = ()
    firmware: Run | None = None
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> tuple[str, ...]:
        """Of what was compared."""
        return tuple(u.name for u in self.compared if u.score >= self.threshold)

    def __repr__(self) -> str:
        counted = f"{len(self.accepted)} of {len(self.compared)} accepted"
        return f"<Verified by {self.verifier!r}: {', '.join((counted, *warning_parts(self.warnings)))}>"
