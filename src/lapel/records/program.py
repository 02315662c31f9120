"""`ProgramBuild`: several models in one firmware, and what each of them takes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Self

from lapel.files import LEDGER
from lapel.records.brief import brief, cost_parts, warning_parts
from lapel.records.build import MANIFEST
from lapel.records.document import Record
from lapel.records.figures import CycleModel, Layer, Memory, ModelledRun, Stack, StackBound, worst, worst_bound
from lapel.records.plain import Flat
from lapel.records.plan import PlanRecord
from lapel.records.recipe import Recipe


@dataclass(frozen=True)
class ProgramModel:
    """One model of a program. instructions, cycles, modelled_cycles: of its inference, with the copies of its ports.

    alone_flash_bytes, alone_arena_bytes: of a firmware with this model alone.
    """

    model: str
    recipe: Annotated[Recipe, Flat()]
    macs: int
    instructions: int | None
    cycles: int | None
    modelled_cycles: int | None
    state_bytes: int
    alone_flash_bytes: int
    alone_arena_bytes: int
    layers: tuple[Layer, ...]
    plan: PlanRecord
    classes: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True, repr=False)
class ProgramBuild(ModelledRun, Record):
    """Generated firmware of several models, measured by runs of it in which they took turns.

    samples: random ones of each model, on which its outputs were the reference's. instructions, cycles, cycle_model: of
    one inference of every model. memory: of all together. files, fits, boards, stacks, stack_bound, warnings, seconds:
    see `Build`.
    """

    ALSO: ClassVar = (
        "bit_exact",
        "stack_worst_bytes",
        "stack_bound_bytes",
        "stack_worst_bound_bytes",
        "saved_flash_bytes",
        "saved_arena_bytes",
    )

    program: str
    target: str
    core: str
    samples: int
    instructions: int | None
    cycles: int | None
    memory: Annotated[Memory, Flat()]
    models: tuple[ProgramModel, ...]
    fits: bool | None
    boards: tuple[str, ...]
    files: tuple[str, ...]
    cycle_model: CycleModel | None = None
    stacks: tuple[Stack, ...] = ()
    stack_bound: StackBound | None = None
    warnings: tuple[str, ...] = ()
    seconds: float | None = None

    @classmethod
    def kind(cls) -> str:
        """What the document says that it is."""
        return "program"

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
        """The most stack at any level of optimization; None if nothing was written."""
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
    def saved_flash_bytes(self) -> int:
        """Flash that the models built apart would take more."""
        return sum(m.alone_flash_bytes for m in self.models) - self.memory.flash_bytes

    @property
    def saved_arena_bytes(self) -> int:
        """RAM that their arenas would take more."""
        return sum(m.alone_arena_bytes for m in self.models) - self.memory.arena_bytes

    def __repr__(self) -> str:
        memory = [f"{self.memory.flash_bytes:,} bytes of flash", f"{self.memory.ram_bytes:,} of RAM"]
        parts = [f"{len(self.models)} models", *memory]
        parts += cost_parts(self.instructions, self.cycles, self.cycle_model)
        parts.append(f"{len(self.files)} files" if self.files else "nothing written")
        return brief("ProgramBuild", self.program, self.target, [*parts, *warning_parts(self.warnings)])
