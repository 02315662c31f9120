"""Figures of a firmware: counted, modelled and measured, of the whole and of its layers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from lapel.records.plain import Beside, Flat, Named


@dataclass(frozen=True)
class Modelled:
    """Clock cycles by a cycle model: computed from counted instructions, not counted, and not measured on silicon.

    low, high: between which the model takes the truth to be.
    """

    ALSO: ClassVar = ("error",)

    cycles: int
    low: Annotated[int, Named("cycles_low")]
    high: Annotated[int, Named("cycles_high")]

    @property
    def error(self) -> float:
        """The larger of both deviations, as a share of `cycles`."""
        return max(self.high - self.cycles, self.cycles - self.low) / self.cycles if self.cycles else 0.0


@dataclass(frozen=True)
class MemoryWaits:
    """What one inference reads and writes in one of a board's memories, and what that costs.

    reads, writes: counted by the emulated core; those of the stack and of variables are in the first memory's. cycles:
    of the inference's that are due to the memory, by the board's constants; low, high: by their bounds. how: the
    constants in words, with their sources.
    """

    memory: str
    reads: int
    writes: int
    cycles: int
    low: int
    high: int
    how: str


@dataclass(frozen=True)
class CycleModel:
    """What one inference takes by a cycle model, and which model that is.

    table: file of lapel/targets/timing. flash: the assumption about the flash. time_us, energy_uj: with the board's
    clock and energy per cycle, None where they are not known. by_class: executed instructions by class. memories: of a
    board with several.
    """

    table: str
    title: str
    source: str
    flash: str
    inference: Annotated[Modelled, Beside("modelled_")]
    time_us: Annotated[float | None, Beside("modelled_")]
    energy_uj: Annotated[float | None, Beside("modelled_")]
    by_class: dict[str, int]
    memories: tuple[MemoryWaits, ...] = ()


class ModelledRun:
    """What the cycle model of a run says, as figures of the run."""

    cycle_model: CycleModel | None

    @property
    def modelled_cycles(self) -> int | None:
        """Cycles of one inference by the core's cycle model; None without one."""
        return self.cycle_model.inference.cycles if self.cycle_model else None


@dataclass(frozen=True)
class Layer:
    """One step of the firmware. `instructions` and `cycles` are counted on the emulated core, None where it cannot.

    name: the output tensor's name. kernel: kernels called, "none" for an alias. macs: multiply-accumulates.
    modelled: where the core has a cycle model. label: the name as tables show it.
    """

    name: str
    op: str
    kernel: str
    macs: int
    instructions: int | None
    cycles: int | None
    modelled: Annotated[Modelled | None, Flat("modelled_")] = None
    label: str = ""


@dataclass(frozen=True)
class Memory:
    """Bytes of the model in the firmware, without the test harness.

    arena: planned size; arena_used: highest byte written plus one, painted. stack: deepest use below the call of
    invoke, painted. static_ram: variables beside the arena. Code and data (constants, params) from the ELF file. state:
    of the arena, what must be kept from call to call.
    """

    ALSO: ClassVar = ("ram_bytes", "flash_bytes")

    arena_bytes: int
    arena_used_bytes: int
    arena_bound_bytes: int
    static_ram_bytes: int
    stack_bytes: int
    flash_code_bytes: int
    flash_data_bytes: int
    state_bytes: int = 0

    @property
    def ram_bytes(self) -> int:
        """Arena, static RAM and stack together."""
        return self.arena_bytes + self.static_ram_bytes + self.stack_bytes

    @property
    def flash_bytes(self) -> int:
        """Code and data together."""
        return self.flash_code_bytes + self.flash_data_bytes


@dataclass(frozen=True)
class Frame:
    """A function of a path of calls, and the bytes of stack that it has when it calls the next one."""

    function: str
    bytes: int


@dataclass(frozen=True)
class StackBound:
    """The deepest stack that a linked firmware can need below one of its functions, by its code and not by a run.

    path: the functions that need it, each called by the one before; their bytes are together `bytes`. bytes: None where
    `why` says what is not known. Without interrupts, as what is measured is.
    """

    bytes: int | None
    path: tuple[Frame, ...] = ()
    why: str = ""


def deepest(bounds: Sequence[StackBound]) -> StackBound | None:
    """The deepest of these, or the first that is not known; None if there are none."""
    unknown = [b for b in bounds if b.bytes is None]
    return unknown[0] if unknown else max(bounds, key=lambda b: b.bytes or 0, default=None)


@dataclass(frozen=True)
class Stack:
    """Stack below one of the model's functions, compiled with one option in place of the target's own level.

    function: "invoke" or "invoke_from". option: such as "-Os". bytes: as painted, None where `why` says why not. bound:
    the worst case; None of what was not linked.
    """

    function: str
    option: str
    bytes: int | None
    why: str = ""
    bound: StackBound | None = None


def worst(stacks: Sequence[Stack]) -> int | None:
    """The deepest of these that are known; None if none is."""
    return max((s.bytes for s in stacks if s.bytes is not None), default=None)


def worst_bound(stacks: Sequence[Stack]) -> int | None:
    """The deepest that any of these can be; None if that is not known of each that was linked, or none was."""
    bounds = [s.bound.bytes for s in stacks if s.bound is not None]
    known = [b for b in bounds if b is not None]
    return max(known) if known and len(known) == len(bounds) else None
