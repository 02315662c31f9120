"""`BlobContent`: what a blob says of itself; `BlobRun`: a blob over samples, without the model that it was made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

import numpy as np

from lapel.records.brief import brief, cost_parts, warning_parts
from lapel.records.document import Record
from lapel.records.figures import CycleModel, Memory, Modelled, ModelledRun
from lapel.records.plain import Absent, Flat
from lapel.records.scores import Input, Score


@dataclass(frozen=True)
class BlobPort:
    """An input or output. place: in the arena. scale, zero: of its integers, None of what is no number, or one a
    channel."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    place: int
    bytes: int
    scale: float | None
    zero: int | None


@dataclass(frozen=True)
class BlobStep:
    """One call of a kernel. kernel: its name, or number in a set that is not known. layer: where the model's plan is
    known. instructions, cycles, modelled: of a run."""

    kernel: str
    layer: str = ""
    instructions: int | None = None
    cycles: int | None = None
    modelled: Annotated[Modelled | None, Flat("modelled_")] = None


@dataclass(frozen=True, repr=False)
class BlobContent(Record):
    """What a blob says of itself; nothing is run.

    kernel_set: number of the set that it is for. slot: address that it is linked for, 0: any. sha256: of the graph that
    was planned. damaged: its checksum is another one than it says. firmware: the folder whose kernels are named.
    """

    file: str
    model: str
    blob_bytes: int
    kernel_set: int
    slot: int
    arena_bytes: int
    state_bytes: int
    sha256: str
    crc32: int
    damaged: bool
    inputs: tuple[BlobPort, ...]
    outputs: tuple[BlobPort, ...]
    classes: tuple[str, ...]
    steps: tuple[BlobStep, ...]
    firmware: str = ""

    def __repr__(self) -> str:
        return brief("BlobContent", self.model, f"set {self.kernel_set:08x}", [f"{self.blob_bytes:,} bytes"])


@dataclass(frozen=True, eq=False, repr=False)
class BlobRun(ModelledRun, Record):
    """A blob over samples on a firmware's interpreter. The model is not known, and so no reference.

    content: what it is. instructions, cycles, time_us, cycle_model: of the first sample. memory: of the firmware and,
    as constants, the blob. found: the class of each sample, as index; empty where an output is no scores of classes.
    score: how these meet the labels. inputs: how the samples were taken. outputs: not in JSON.
    """

    ALSO: ClassVar = ()

    content: BlobContent
    target: str
    core: str
    samples: int
    instructions: int | None
    cycles: int | None
    time_us: float | None
    memory: Annotated[Memory, Flat()]
    steps: tuple[BlobStep, ...]
    found: tuple[int, ...]
    host_seconds: float
    outputs: Annotated[dict[str, np.ndarray], Absent(dict)]
    cycle_model: CycleModel | None = None
    score: Annotated[Score | None, Flat()] = None
    inputs: tuple[Input, ...] = ()
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        costs = cost_parts(self.instructions, self.cycles, self.cycle_model)
        parts = [f"{self.samples} samples", *costs, *warning_parts(self.warnings)]
        return brief("BlobRun", self.content.model, self.target, parts)
