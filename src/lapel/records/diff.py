"""`Diff`: reference, host C and the emulated core compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from lapel.records.beside import Beside
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


@dataclass(frozen=True)
class DiffLayer:
    """A tensor on every machine: how many of its elements differ from the reference, over all samples.

    own: of the machines on which it differs, whether it does by its own step; False: what that was given made it wrong.
    beside_db: signal to quantization noise of this layer alone beside the float model, see `BesideLayer.own_sqnr_db`.
    """

    layer: str
    op: str
    size: int
    differing: Mapping[str, int]
    own: Mapping[str, bool] = field(default_factory=dict)
    beside_db: float | None = None


@dataclass(frozen=True, repr=False)
class Diff(Record):
    """Reference, host C and the emulated core compared tensor by tensor.

    differences: the first one of each machine. warnings: what a user has to know about the model, the samples and the
    target's plan, a sentence each. layers: every tensor on every machine. beside: the float model's layers beside
    these, if it was asked for. causes: what may be wrong, a sentence each, of the first layer that differs by itself.
    """

    ALSO: ClassVar = ("equal",)

    model: str
    target: str
    samples: int
    tensors: int
    machines: tuple[str, ...]
    differences: tuple[Difference, ...]
    warnings: tuple[str, ...] = ()
    layers: tuple[DiffLayer, ...] = ()
    beside: Beside | None = None
    causes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether every tensor of every sample is the same everywhere."""
        return not self.differences

    def __repr__(self) -> str:
        same = "all equal" if self.equal else f"{len(self.differences)} machines differ, first: {self.differences[0]}"
        parts = [f"{self.tensors} tensors of {self.samples} samples", same]
        return brief("Diff", self.model, " and ".join(self.machines), [*parts, *warning_parts(self.warnings)])
