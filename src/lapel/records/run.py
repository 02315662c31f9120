"""`Run`: a firmware over samples."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from lapel.records.brief import brief, cost_parts, warning_parts
from lapel.records.document import Record
from lapel.records.figures import CycleModel, Layer, Memory, ModelledRun
from lapel.records.flash import FlashPart
from lapel.records.plain import Absent, Flat
from lapel.records.recipe import Recipe
from lapel.records.scores import Classes, Input, Score, share_lost


@dataclass(frozen=True, eq=False, repr=False)
class Run(ModelledRun, Record):
    """Firmware run over samples on a target, compared with the reference.

    instructions, cycles: of the first sample, counted (None where the target's emulator does not count them).
    cycle_model: cycles of the first sample, modelled; None where cycles are counted, and for cores without a model.
    time_us: cycles over the target's clock. mismatches: samples with an output that differs from the reference.
    score: how the firmware's outputs meet the labels; reference_score: the reference's; float_score: the float model's,
    where it is known. float_agreement: the firmware's outputs scored by the float model's as labels.
    classes: the model's, by their labels. inputs: how the samples were taken. warnings: what a user has to know about
    this result, a sentence each; a loss of more than LOUD_LOSS against the float model is one. outputs: not in JSON.
    parts: what is in the flash, which add up to it. by_class: of a classifier, whose labels or float model are known.
    """

    ALSO: ClassVar = ("bit_exact", "loss")

    model: str
    target: str
    core: str
    samples: int
    macs: int
    instructions: int | None
    cycles: int | None
    time_us: float | None
    memory: Annotated[Memory, Flat()]
    layers: tuple[Layer, ...]
    mismatches: int
    host_seconds: float
    outputs: Annotated[dict[str, np.ndarray], Absent(dict)]
    recipe: Annotated[Recipe, Flat()]
    cycle_model: CycleModel | None = None
    score: Annotated[Score | None, Flat()] = None
    reference_score: Annotated[Score | None, Flat("reference_")] = None
    float_score: Annotated[Score | None, Flat("float_")] = None
    float_agreement: Score | None = None
    classes: tuple[str | int | float | bool, ...] = ()
    inputs: tuple[Input, ...] = ()
    warnings: tuple[str, ...] = ()
    parts: tuple[FlashPart, ...] = ()
    by_class: Classes | None = None

    @property
    def bit_exact(self) -> bool:
        """Whether every output of every sample equals the reference."""
        return self.mismatches == 0

    @property
    def accuracy(self) -> float | None:
        """Share of labels met by the firmware's outputs; None for a regression, and without labels."""
        return self.score.accuracy if self.score else None

    @property
    def reference_accuracy(self) -> float | None:
        """Share of labels met by the reference's outputs."""
        return self.reference_score.accuracy if self.reference_score else None

    @property
    def float_accuracy(self) -> float | None:
        """Share of labels met by the float model."""
        return self.float_score.accuracy if self.float_score else None

    @property
    def loss(self) -> float | None:
        """What of the float model's accuracy or R² is lost; None where one of both is not known."""
        return share_lost(self.float_score, self.score)

    def __repr__(self) -> str:
        exact = "bit exact" if self.bit_exact else f"{self.mismatches} mismatches"
        parts = [f"{self.samples} samples", exact, *cost_parts(self.instructions, self.cycles, self.cycle_model)]
        if self.score is not None and self.score.share is not None:
            kind = "R²" if self.score.accuracy is None else "accuracy"
            beside = self.float_score.share if self.float_score else None
            parts.append(f"{kind} {self.score.share:.4f}" + ("" if beside is None else f" (float {beside:.4f})"))
        return brief("Run", self.model, self.target, [*parts, *warning_parts(self.warnings)])
