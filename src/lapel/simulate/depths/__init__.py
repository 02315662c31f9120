"""The deepest stack that a linked firmware can need, by its code: over all paths, not those that a run took.

Beside the painted figure, which is what a run needed. What the walk does not understand makes the depth unknown, with
the reason; there is no guess in it. Interrupts are not in it: they come on top, as in the painted figure.
"""

from __future__ import annotations

import hashlib
import importlib
import pkgutil
from collections.abc import Collection, Iterable
from functools import cache
from pathlib import Path
from typing import cast

from elftools.elf.elffile import ELFFile

from lapel.simulate.depths.effect import InstructionSet
from lapel.simulate.depths.listing import read_listing
from lapel.simulate.depths.taken import table_places, taken_addresses
from lapel.simulate.depths.walk import Depth, Program, Walker, by_name
from lapel.simulate.firmware import Firmware
from lapel.simulate.process import TIMEOUT_S

ENTRY = "adapter_invoke"
"""What the harness calls, on the stack that it has painted."""
ENDS = ("harness_fault",)
"""Functions that end a run, so that it has no figures."""
AVR6 = 6
"""e_flags of AVRs whose program counter has more than 16 bits: addresses on the stack have three bytes."""


def stack_depth(firmware: Firmware, timeout_s: float = TIMEOUT_S, apart: Collection[str] = ()) -> Depth:
    """The deepest stack below the call of `adapter_invoke`, as `RawRun.stack_bytes` is measured.

    timeout_s: host seconds for the disassembler. apart: functions whose address is taken, and which this entry does not
    call. Raises MissingTool without a disassembler, SimulationError if it fails.
    """
    with firmware.elf.open("rb") as file:
        elf = ELFFile(file)
        machine, flags = instruction_set(elf["e_machine"]), elf["e_flags"]
    if machine is None:
        return Depth(None, (), f"not available for {firmware.target.name}")
    wide = 3 if flags & 0x7F == AVR6 else 2
    listing = read_listing(firmware.elf, firmware.target.compiler, machine.OBJDUMP, timeout_s)
    taken, inside = taken_addresses(firmware.objects, machine.CALLS)
    tables = table_places(firmware.elf, firmware.image, inside, machine.POINTER)
    functions = by_name(firmware.image, (ENTRY, *ENDS))
    ends = [at for name in ENDS for at in functions.get(name, ())]
    called = _all(by_name(firmware.image, taken - set(apart)).values())
    program = Program(listing, firmware.image, machine, called, tables, ends, wide)
    found = Walker(program).bound(functions[ENTRY][0])
    if found.bytes is None or not machine.PUSHES:
        return found
    (first, size), *rest = found.path
    return Depth(found.bytes + wide, ((first, size + wide), *rest))


@cache
def identity() -> str:
    """What tells this walk from another version of it: kept figures are of one."""
    files = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(f.read_bytes() for f in files)).hexdigest()


def _all(groups: Iterable[tuple[int, ...]]) -> tuple[int, ...]:
    return tuple(sorted(at for group in groups for at in group))


@cache
def instruction_set(machine: str) -> InstructionSet | None:
    """The module of an ELF file's e_machine; None if there is none."""
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        if getattr(module, "MACHINE", None) == machine:
            return cast(InstructionSet, module)
    return None
