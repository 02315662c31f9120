"""`Listening`: a recording through the firmware of a model that listens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from lapel.records.brief import brief, warning_parts
from lapel.records.detector import Detector
from lapel.records.document import Record
from lapel.records.figures import CycleModel, Layer, Memory, Modelled, ModelledRun
from lapel.records.plain import Absent, Flat
from lapel.records.recipe import Recipe
from lapel.records.recording import Recording


def _nothing() -> np.ndarray:
    return np.zeros((0, 0), np.uint8)


@dataclass(frozen=True)
class Heard:
    """A detection. end_s: where in the recording its step ends. score: mean of the word's last scores, 0..255."""

    word: str
    step: int
    end_s: float
    score: int


@dataclass(frozen=True)
class Stage:
    """A part of what the firmware does in a step: the mean over the steps that ran on the emulated core.

    name: "front end", "network" or "detector"; the first of them has the copy of the samples, too. instructions,
    cycles: counted, None where they are not.
    modelled: where the core has a cycle model. layers: steps of the plan, with such means.
    """

    name: str
    instructions: int | None
    cycles: int | None
    modelled: Annotated[Modelled | None, Flat("modelled_")]
    layers: tuple[Layer, ...]


@dataclass(frozen=True, eq=False, repr=False)
class Listening(ModelledRun, Record):
    """A recording, streamed through the firmware on an emulated core.

    steps: how many the recording fills, of step_samples each; samples_left: what is behind them. target_steps: of
    these, how many ran on the emulated core, from the start on; the rest ran as firmware of this computer, with the
    same bits. mismatches: steps on the target whose scores or events are not the reference's. events: of all steps.
    instructions, cycles, time_us: of a step, the mean over target_steps; most_instructions: of the dearest one.
    cycle_model: the mean over modelled_steps of these, spread evenly. duty: share of the time in which the core
    computes, at the target's clock. computing_uw: average power of that alone; sleeping_uw: of the sleep between;
    None where the target's file has no such figure. scores: uint8 [steps, outputs], not in JSON; features: int8 of the
    front end [frames, bands], likewise, empty without one.
    """

    ALSO: ClassVar = ("bit_exact", "whole_on_target", "step_ms", "power_uw")

    model: str
    target: str
    core: str
    recording: Recording
    detector: Detector
    step_samples: int
    steps: int
    samples_left: int
    target_steps: int
    modelled_steps: int
    mismatches: int
    events: tuple[Heard, ...]
    instructions: int | None
    most_instructions: int | None
    cycles: int | None
    time_us: float | None
    stages: tuple[Stage, ...]
    memory: Annotated[Memory, Flat()]
    duty: float | None
    computing_uw: float | None
    sleeping_uw: float | None
    host_seconds: float
    scores: Annotated[np.ndarray, Absent(_nothing)]
    features: Annotated[np.ndarray, Absent(_nothing)]
    recipe: Annotated[Recipe, Flat()]
    cycle_model: CycleModel | None = None
    warnings: tuple[str, ...] = ()

    @classmethod
    def kind(cls) -> str:
        """As the command that makes it."""
        return "listen"

    @property
    def bit_exact(self) -> bool:
        """Whether every step on the target gave what the reference gives."""
        return self.mismatches == 0

    @property
    def whole_on_target(self) -> bool:
        """Whether all of the recording ran on the emulated core."""
        return self.target_steps == self.steps

    @property
    def step_ms(self) -> float:
        """How long the samples of a step last."""
        return 1000 * self.step_samples / self.recording.rate_hz

    @property
    def power_uw(self) -> float | None:
        """Average power of computing and of the sleep between, as far as both are known."""
        if self.computing_uw is None or self.sleeping_uw is None:
            return None
        return self.computing_uw + self.sleeping_uw

    def __repr__(self) -> str:
        exact = "bit exact" if self.bit_exact else f"{self.mismatches} mismatches"
        parts = [f"{self.recording.seconds:.2f} s", f"{len(self.events)} detections", exact]
        if self.duty is not None:
            parts.append(f"duty {100 * self.duty:.2f} %")
        return brief("Listening", self.model, self.target, [*parts, *warning_parts(self.warnings)])
