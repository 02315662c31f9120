"""`Build`: a firmware that was generated, and measured by one run of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Self

from lapel.files import LEDGER
from lapel.records.brief import brief, cost_parts, warning_parts
from lapel.records.document import Record
from lapel.records.estimate import Estimate
from lapel.records.figures import CycleModel, Layer, Memory, ModelledRun, Stack, StackBound, worst, worst_bound
from lapel.records.plain import Flat
from lapel.records.plan import PlanRecord
from lapel.records.recipe import Recipe
from lapel.records.scores import Score

MANIFEST = "lapel.json"
"""The file with the build's record, in every folder that `build` writes."""


@dataclass(frozen=True, repr=False)
class Build(ModelledRun, Record):
    """Generated firmware, measured by one run of it. `files` are the paths written, empty if none were.

    samples: random ones, on which its outputs were the reference's. stacks: what each function takes at each level of
    optimization, at which its outputs were the same, too; empty if nothing was written. stack_bound: the worst case of
    what `memory` has as measured; None if nothing was written. classes: the model's, by their
    labels. float_agreement: of the model with the float one that it was quantized from, as measured then on
    float_samples samples; accuracy: the share with the same class. warnings: what a user has to know about the model, a
    sentence each. fits: None for a bare core, whose memory is not known. boards: those with this core and room for it.
    seconds: that the build took, None in one that was read from its folder: the same build writes the same file.
    """

    ALSO: ClassVar = ("bit_exact", "stack_worst_bytes", "stack_bound_bytes", "stack_worst_bound_bytes")

    model: str
    target: str
    core: str
    recipe: Annotated[Recipe, Flat()]
    samples: int
    macs: int
    instructions: int | None
    cycles: int | None
    memory: Annotated[Memory, Flat()]
    layers: tuple[Layer, ...]
    fits: bool | None
    boards: tuple[str, ...]
    files: tuple[str, ...]
    plan: PlanRecord
    cycle_model: CycleModel | None = None
    stacks: tuple[Stack, ...] = ()
    stack_bound: StackBound | None = None
    classes: tuple[str | int | float | bool, ...] = ()
    float_agreement: Score | None = None
    float_samples: int | None = None
    warnings: tuple[str, ...] = ()
    int8: Estimate | None = None
    seconds: float | None = None

    @classmethod
    def of_folder(cls, folder: Path | str) -> Self:
        """The record of the build that wrote a folder. Raises FormatError, which names the file."""
        return cls.read(Path(folder) / MANIFEST, ignored=(LEDGER,))

    @property
    def bit_exact(self) -> bool:
        """Always: a firmware that differs from the reference raises Mismatch, and makes no record."""
        return True

    @property
    def stack_worst_bytes(self) -> int | None:
        """The most stack that any function takes at any level of optimization; None if nothing was written."""
        return worst(self.stacks)

    @property
    def stack_bound_bytes(self) -> int | None:
        """The deepest stack by the code at the target's own level; None if it is not known."""
        return None if self.stack_bound is None else self.stack_bound.bytes

    @property
    def stack_worst_bound_bytes(self) -> int | None:
        """The deepest stack by the code at any level of optimization; None if it is not known of one."""
        return worst_bound(self.stacks)

    @property
    def digest(self) -> str:
        """SHA-256 of the graph."""
        return self.recipe.sha256

    def __repr__(self) -> str:
        memory = [f"{self.memory.flash_bytes:,} bytes of flash", f"{self.memory.ram_bytes:,} of RAM"]
        parts = [*memory, *cost_parts(self.instructions, self.cycles, self.cycle_model)]
        parts.append(f"{len(self.files)} files" if self.files else "nothing written")
        return brief("Build", self.model, self.target, [*parts, *warning_parts(self.warnings)])
