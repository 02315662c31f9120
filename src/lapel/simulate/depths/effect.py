"""What an instruction does to the stack, whatever the instruction set: the answer of `arm.py`, `avr.py`, `riscv.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from lapel.simulate.depths.listing import Instruction, Listing


class UnknownDepth(Exception):
    """Why the stack is not known: a reason for users, not an error."""


@dataclass(frozen=True, slots=True)
class Value:
    """What is known of a register: `SP` a stack pointer so many bytes below the entry's, `NUMBER` a constant, `BACK`
    the address to return to; of an AVR, whose registers are bytes, `LOW` and `HIGH` those of such a stack pointer."""

    kind: str
    number: int = 0


SP, NUMBER, BACK, LOW, HIGH = "sp", "number", "back", "low", "high"
Values = Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class State:
    """Before an instruction: bytes of stack since the entry, and registers of which something is known."""

    depth: int
    values: Values = field(default_factory=dict)

    def get(self, register: str) -> Value | None:
        return self.values.get(register)

    def with_value(self, register: str, value: Value | None) -> State:
        """Such a register, or one of which nothing is known any more."""
        if value is None and register not in self.values:
            return self
        values = {k: v for k, v in self.values.items() if k != register}
        return replace(self, values=values if value is None else {**values, register: value})

    def without(self, registers: Iterable[str]) -> State:
        """These registers have changed."""
        gone = self.values.keys() & set(registers)
        return replace(self, values={k: v for k, v in self.values.items() if k not in gone}) if gone else self


INDIRECT = -1
"""The target of a call that is not known."""


@dataclass(frozen=True, slots=True)
class Effect:
    """After an instruction. jumps: where it may go beside the next one, to which it goes if it `falls`. call: the
    address called, INDIRECT if it is not known; pushed: bytes that the call itself puts on the stack; link: the
    register with the address to return to, "" if it is the usual one. computed: a jump to where a register says, that
    is a call at the end of a function, or a table."""

    state: State
    falls: bool = True
    jumps: tuple[int, ...] = ()
    call: int | None = None
    pushed: int = 0
    link: str = ""
    computed: bool = False


class InstructionSet(Protocol):
    """What `arm.py` and the others define as a module."""

    MACHINE: str
    """The ELF file's e_machine, by which the module is found."""
    OBJDUMP: tuple[str, ...]
    """Options of objdump, for names that `effect` knows."""
    CALLS: frozenset[int]
    """Relocations of jumps and calls, and of no address at all; of a function in any other its address is taken."""
    POINTER: tuple[int, int]
    """Bytes of a place of code in a table, and how many bytes one of its units is."""
    PUSHES: bool
    """Whether a call pushes the address to return to."""
    FAR: bool
    """Whether what is written as a call of a place within the same function is a jump over more than a jump's range."""
    EXACT: bool
    """Whether a function returns with the stack as it found it, on each path that the walk sees."""

    def entry(self, link: str) -> Values:
        """What is known of registers where a function begins."""
        ...

    def effect(self, i: Instruction, state: State, code: Listing, wide: int) -> Effect:
        """What an instruction does. wide: bytes of an address that a call pushes. Raises UnknownDepth."""
        ...

    def is_level(self, label: str) -> bool:
        """Whether the stack is the same whenever this label is reached, as its author says."""
        ...
