"""`Generated`: C that was written and not proven."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from lapel.records.brief import brief
from lapel.records.document import Record
from lapel.records.plain import Flat
from lapel.records.plan import PlanRecord
from lapel.records.recipe import Recipe


@dataclass(frozen=True, repr=False)
class Generated(Record):
    """C that no compiler has seen and no core has run: `build` without its proof.

    recipe: without a compiler. files: the paths written. plan: by the order of preference of the target's kernels, as
    nothing was measured; its arena is exact. classes, warnings: as of a `Build`.
    """

    model: str
    target: str
    core: str
    recipe: Annotated[Recipe, Flat()]
    macs: int
    files: tuple[str, ...]
    plan: PlanRecord
    classes: tuple[str | int | float | bool, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        parts = ["not proven", f"arena {self.plan.arena_bytes:,} bytes", f"{len(self.files)} files"]
        return brief("Generated", self.model, self.target, parts)
