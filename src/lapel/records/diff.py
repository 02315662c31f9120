"""`Diff`: reference, host C and the emulated core compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from lapel.records.brief import brief, warning_parts
from lapel.records.document import Record


@dataclass(frozen=True)
class Difference:
    """The first element that differs: in which machine, step and tensor, and both values; label: a short name of it."""

    machine: str
    sample: int
    step: int
    layer: str
    op: str
    kernel: str
    tensor: str
    index: tuple[int, ...]
    expected: int | float
    found: int | float
    count: int
    size: int
    label: str = ""

    def __str__(self) -> str:
        return (
            f"{self.machine}, sample {self.sample}, step {self.step} {self.op} [{self.kernel}] {self.layer}: "
            f"tensor {self.label or self.tensor!r} element {list(self.index)} is {self.found}, the reference has "
            f"{self.expected}; {self.count:,} of {self.size:,} elements differ"
        )


@dataclass(frozen=True, repr=False)
class Diff(Record):
    """Reference, host C and the emulated core compared tensor by tensor.

    differences: the first one of each machine. warnings: what a user has to know about the model, the samples and the
    target's plan, a sentence each.
    """

    ALSO: ClassVar = ("equal",)

    model: str
    target: str
    samples: int
    tensors: int
    machines: tuple[str, ...]
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether every tensor of every sample is the same everywhere."""
        return not self.differences

    def __repr__(self) -> str:
        same = "all equal" if self.equal else f"{len(self.differences)} machines differ, first: {self.differences[0]}"
        parts = [f"{self.tensors} tensors of {self.samples} samples", same]
        return brief("Diff", self.model, " and ".join(self.machines), [*parts, *warning_parts(self.warnings)])
