"""`Estimate`: what a firmware will take, by its plan and measured costs of kernels alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar

from lapel.records.brief import brief, warning_parts
from lapel.records.document import Record
from lapel.records.plain import Flat
from lapel.wish import Wish


@dataclass(frozen=True)
class EstimatedLayer:
    """One step. time: see `Estimate.unit`. code_bytes, data_bytes: of it alone, without functions that it shares.

    name: the output tensor's. kernel: kernels called, "none" for an alias. label: the name as tables show it. Figures
    are None where the step was not measured.
    """

    name: str
    op: str
    kernel: str
    macs: int
    time: int | None
    code_bytes: int | None
    data_bytes: int | None
    label: str


@dataclass(frozen=True, repr=False)
class Estimate(Record):
    """A firmware that was neither linked nor run: figures of its plan, and of kernel calls measured one by one.

    | field | unit | meaning |
    |---|---|---|
    | macs | | multiply-accumulates of one inference |
    | unit | | what `time` is: "modelled cycles", "counted cycles" or "counted instructions"; None: nothing is counted |
    | time | `unit` | of one inference, in flash without wait states; None where a step could not be measured |
    | time_us | us | at the target's clock; None for instructions, and where the target's flash has wait states |
    | arena_bytes | bytes | of the arena, exactly; arena_bound_bytes: no placement in this order needs less |
    | flash_code_bytes, flash_data_bytes | bytes | None where a step could not be measured |
    | fits | | whether flash and arena are within the target's memories; None where neither is known |

    RAM is the arena and the stack, and that is not known before the firmware has run. unmeasured: what has no figure,
    and why, a sentence each. warnings: what a user has to know about the plan, a sentence each.
    """

    ALSO: ClassVar = ("cycles", "instructions", "flash_bytes")

    model: str
    target: str
    core: str
    sha256: str
    wish: Annotated[Wish, Flat()]
    macs: int
    unit: str | None
    time: int | None
    time_us: float | None
    arena_bytes: int
    arena_bound_bytes: int
    flash_code_bytes: int | None
    flash_data_bytes: int | None
    fits: bool | None
    layers: tuple[EstimatedLayer, ...]
    unmeasured: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def cycles(self) -> int | None:
        """Clock cycles of one inference; None where only instructions are counted."""
        return self.time if self.unit is not None and self.unit.endswith("cycles") else None

    @property
    def instructions(self) -> int | None:
        """Instructions of one inference, for cores without a cycle model; None for others."""
        return self.time if self.unit is not None and self.unit.endswith("instructions") else None

    @property
    def flash_bytes(self) -> int | None:
        """Code and data together."""
        if self.flash_code_bytes is None or self.flash_data_bytes is None:
            return None
        return self.flash_code_bytes + self.flash_data_bytes

    def __repr__(self) -> str:
        parts = [f"{self.arena_bytes:,} bytes of arena"]
        parts += [f"{self.flash_bytes:,} of flash"] if self.flash_bytes is not None else []
        parts += [f"{self.time:,} {self.unit}"] if self.time is not None else []
        return brief("Estimate", self.model, self.target, [*parts, "not built", *warning_parts(self.warnings)])
