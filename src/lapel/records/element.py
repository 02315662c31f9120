"""`Element`: how one number of a tensor comes about, by the reference and on a device."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lapel.records.document import Record

How = Literal["run", "read", "packed", "recomputed", "traced", "plan"]


@dataclass(frozen=True)
class ElementRow:
    """A number on the way to an element.

    device: None where the device has no such number. how: how the device's was had: run: by running the layer's machine
    code on the core with other constants; read: from the firmware's image; packed: it lies there in a form of the
    kernel's own, which is byte for byte the plan's; recomputed: of the device's numbers before
    it; traced: from the core's memory, after the step; plan: it is not to be had there, and the plan's is shown.
    """

    name: str
    said: str
    reference: int | float
    device: int | float | None
    how: How


@dataclass(frozen=True, repr=False)
class Element(Record):
    """How an element of a layer comes about. index: in `tensor`. parted: the row at which device and reference part
    first; "": they do not. why: a sentence about that. notes: what could not be seen on the device, and why."""

    model: str
    target: str
    sample: int
    layer: str
    op: str
    kernel: str
    tensor: str
    index: tuple[int, ...]
    rows: tuple[ElementRow, ...]
    parted: str
    why: str
    notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<Element {self.layer}{list(self.index)} of {self.model!r} on {self.target}: {self.why}>"
