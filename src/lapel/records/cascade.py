"""`Cascade`: when an always-on stage lets a model listen, and `Cascaded`: what that saves and what it misses."""

from __future__ import annotations

from dataclasses import dataclass

from lapel.errors import UsageError
from lapel.records.document import Record
from lapel.records.energy import Bounded

MOST_STEPS = 65535


@dataclass(frozen=True)
class Cascade(Record):
    """An always-on stage before a model that listens.

    onset_steps: of the model, active ones in a row, from which on it listens. hop_samples: of a row of the first
    stage; stride, ratio, hiss, crossings, least, rise, fall: see the operator `activity`. hangover_steps: of the
    model, that it goes on after the last active row. preroll_steps: of samples that are kept while it sleeps, and
    given to it first. refresh_steps: of those that it slept through it hears one in so many all the same, for the sake
    of its state, and nothing is detected by it; 0: none.

    Raises UsageError for steps that no cascade can have; what `activity` cannot have, its graph's check says.
    """

    hop_samples: int = 320
    stride: int = 10
    ratio: int = 64
    hiss: int = 48
    crossings: int = 12
    least: int = 400
    rise: int = 6
    fall: int = 3
    hangover_steps: int = 25
    preroll_steps: int = 10
    onset_steps: int = 1
    refresh_steps: int = 0

    def __post_init__(self) -> None:
        for name in ("hangover_steps", "preroll_steps", "refresh_steps"):
            if not 0 <= getattr(self, name) <= MOST_STEPS:
                raise UsageError(f"cascade: {name} is {getattr(self, name)}, expected 0 to {MOST_STEPS}")
        if not 1 <= self.onset_steps <= MOST_STEPS:
            raise UsageError(f"cascade: onset_steps is {self.onset_steps}, expected 1 to {MOST_STEPS}")


@dataclass(frozen=True)
class Cascaded(Record):
    """A recording through a cascade, beside the model alone.

    steps: of the model, of step_ms each. active_steps: with a row that the first stage found active. listened_steps:
    that the model computed, those that refresh it included; it listens in `openings` runs, before each of which its
    detector is reset. events: detections of the cascade; events_alone: of the model that listens all the time; missed:
    of the latter, those that the cascade has not within a second; added: the other way round.

    gate_instructions, model_instructions: of a step on the target, counted; average_instructions_s: of the cascade, by
    those and listened_steps; alone_instructions_s: of the model alone; saved_times: the latter over the former. cycles:
    of an average step, modelled or counted. All of them are None without a target. ring_bytes: of the kept samples.
    """

    model: str
    target: str | None
    cascade: Cascade
    seconds: float
    steps: int
    step_ms: float
    active_steps: int
    listened_steps: int
    openings: int
    events: int
    events_alone: int
    missed: int
    added: int
    ring_bytes: int
    gate_instructions: int | None = None
    model_instructions: int | None = None
    average_instructions_s: float | None = None
    alone_instructions_s: float | None = None
    saved_times: float | None = None
    cycles: Bounded | None = None
    warnings: tuple[str, ...] = ()
