"""`Update`: a package for devices in the field, tried on the emulated core."""

from __future__ import annotations

from dataclasses import dataclass

from lapel.records.brief import brief
from lapel.records.document import Record


@dataclass(frozen=True, repr=False)
class Update(Record):
    """A package that was written, and taken by the state machine on the emulated core, from the old model to the new.

    sent: "whole" or "delta"; whole_bytes, delta_bytes: of either with its header; None: there is no delta. counter: as
    in the package. slot_bytes: of a slot, in sectors of sector_bytes; arena_bytes: of the new model. slot_erases,
    state_erases: of sectors, on the way; programs: of units of unit_bytes. boot_instructions: of a reset without an
    update; update_instructions: from the package's first byte to its last; trial_instructions: of the first start of
    the new model with its self-test; None on the host. code_bytes: of the update, with constants, beside interpreter
    and kernels; state_bytes: of `lapel_update`; stack_bytes: at most. samples: with known outputs that were run.
    """

    old: str
    new: str
    target: str
    core: str
    kernel_set: int
    sent: str
    whole_bytes: int
    delta_bytes: int | None
    blob_bytes: int
    counter: int
    signed: bool
    self_test: bool
    slot_bytes: int
    sector_bytes: int
    unit_bytes: int
    arena_bytes: int
    slot_erases: int
    state_erases: int
    programs: int
    boot_instructions: int | None
    update_instructions: int | None
    trial_instructions: int | None
    confirm_instructions: int | None
    code_bytes: int
    state_bytes: int
    stack_bytes: int
    samples: int
    file: str | None
    notices: tuple[str, ...] = ()
    seconds: float | None = None

    @property
    def package_bytes(self) -> int:
        """What is sent."""
        return self.whole_bytes if self.sent == "whole" or self.delta_bytes is None else self.delta_bytes

    def __repr__(self) -> str:
        parts = [f"{self.sent}, {self.package_bytes:,} bytes of {self.whole_bytes:,}"]
        return brief("Update", f"{self.old} -> {self.new}", self.target, parts)
