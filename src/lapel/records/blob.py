"""`BlobBuild`: a model as data, proven on an interpreter with its kernels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Self

from lapel.files import LEDGER
from lapel.records.brief import brief
from lapel.records.build import MANIFEST
from lapel.records.document import Record
from lapel.records.figures import CycleModel, Layer, Memory, ModelledRun, StackBound
from lapel.records.flash import FlashPart
from lapel.records.plain import Flat
from lapel.records.plan import PlanRecord
from lapel.records.recipe import Recipe


@dataclass(frozen=True, repr=False)
class BlobBuild(ModelledRun, Record):
    """A blob that was written, and run by an interpreter on the emulated core.

    set_kernels: of the set that it is for, in order; kernel_set: the set's number. slot: the address that it is linked
    for, 0 for any; proven_slot: the one that what ran was linked for, which differs in addresses alone; arena_address,
    proven_arena: the same of the arena, 0 where params find it by themselves. crc32: the
    blob's own. samples: random ones, on which its outputs were the reference's. instructions, cycles, cycle_model: of
    one inference; load_instructions: that checking the whole blob takes. memory:
    code of interpreter and kernels, where the constants are the blob; the model's variable is static, and the stack is
    that of an inference or of loading, whichever takes more; stack_bound: its worst case, None if nothing was written.
    layers: with what the interpreter takes between them.
    parts: of the flash, blob and all.
    """

    ALSO: ClassVar = ("bit_exact", "whole_flash_bytes", "stack_bound_bytes")

    model: str
    target: str
    core: str
    recipe: Annotated[Recipe, Flat()]
    set_kernels: tuple[str, ...]
    kernel_set: int
    slot: int
    proven_slot: int
    blob_bytes: int
    crc32: int
    samples: int
    macs: int
    instructions: int | None
    cycles: int | None
    load_instructions: int | None
    parts: tuple[FlashPart, ...]
    memory: Annotated[Memory, Flat()]
    layers: tuple[Layer, ...]
    files: tuple[str, ...]
    plan: PlanRecord
    cycle_model: CycleModel | None = None
    arena_address: int = 0
    proven_arena: int = 0
    stack_bound: StackBound | None = None
    warnings: tuple[str, ...] = ()
    seconds: float | None = None

    @classmethod
    def kind(cls) -> str:
        """What the document says that it is."""
        return "blob"

    @classmethod
    def of_folder(cls, folder: Path | str) -> Self:
        """The record of the build that wrote a folder. Raises FormatError, which names the file."""
        return cls.read(Path(folder) / MANIFEST, ignored=(LEDGER,))

    @property
    def bit_exact(self) -> bool:
        """Always: what differs from the reference raises Mismatch, and makes no record."""
        return True

    @property
    def stack_bound_bytes(self) -> int | None:
        """The deepest stack by the code; None if it is not known."""
        return None if self.stack_bound is None else self.stack_bound.bytes

    @property
    def whole_flash_bytes(self) -> int:
        """Interpreter, kernels and blob."""
        return self.memory.flash_bytes + self.blob_bytes

    def __repr__(self) -> str:
        parts = [f"blob of {self.blob_bytes:,} bytes", f"{self.memory.flash_bytes:,} bytes of interpreter and kernels"]
        return brief("BlobBuild", self.model, self.target, parts)
