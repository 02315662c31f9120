"""`KernelNeeds`: which kernels a model takes that is data, and what each of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lapel.records.brief import brief
from lapel.records.document import Record
from lapel.records.plan import PlanRecord


@dataclass(frozen=True, repr=False)
class KernelNeeds(Record):
    """Of a model as data for a target: the set of kernels that its firmware has to have, and their flash in bytes.

    kernel_set: the set's number, if it is these kernels. kernels: by name, what each adds to the others; what several
    of them share is in none. checks: by name, what the loader knows of the kernel's params, which is in `kernels`.
    flash_bytes: of the set, compiled.
    """

    ALSO: ClassVar = ("shared_bytes",)

    model: str
    target: str
    kernel_set: int
    kernels: Mapping[str, int]
    checks: Mapping[str, int]
    flash_bytes: int
    plan: PlanRecord

    @classmethod
    def kind(cls) -> str:
        """What the document says that it is."""
        return "kernels"

    @property
    def shared_bytes(self) -> int:
        """What is there once, for several kernels, and the set's table."""
        return self.flash_bytes - sum(self.kernels.values())

    def __repr__(self) -> str:
        return brief(
            "KernelNeeds", self.model, self.target, [f"{len(self.kernels)} kernels: {self.flash_bytes:,} bytes"]
        )
