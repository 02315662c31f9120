"""Machine code to what the cycle models ask of an instruction, by the disassembler Capstone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import capstone
from capstone import arm
from elftools.elf.elffile import ELFFile

_NAMES = {
    "fmstat": "vmrs",
    "fconsts": "vmov",
    "fconstd": "vmov",
    "ldmib": "ldm",
    "movs": "mov",
    "ldmdb": "ldm",
    "stmdb": "stm",
}
"""Other names of Capstone for what the manuals' tables have once."""
_STORES = ("str", "stm", "push", "vstr", "vstm", "vpush")
_LISTS = ("ldm", "stm", "push", "pop", "vldm", "vstm", "vpush", "vpop")
_ADDING = ("mla", "mls", "smla", "smls", "smmla", "smmls")
_FLOAT_ADDING = ("vmla", "vmls", "vnmla", "vnmls", "vfma", "vfms", "vfnma", "vfnms")
_LONG = ("smlal", "umlal", "umaal")
_COMPARISONS = ("cmp", "cmn", "tst", "teq")
_BRANCHES = ("b", "bl", "cbz", "cbnz", "bx", "blx", "tbb", "tbh")


@dataclass(frozen=True)
class Instruction:
    """One instruction. Registers are Capstone's numbers.

    | field | meaning |
    |---|---|
    | names | what a timing table may call it: with its variants first, the bare mnemonic last |
    | registers | length of its register list, 2 for a double word, else 1 |
    | reads | registers that it needs, without `address` and `adds` |
    | address | registers that make its address, changed too if it has `writeback` |
    | adds | what is only added to the rest: accumulators, and the first operand of SXTAB and its like |
    | first | registers that are shifted or extracted from before they are used, or the last operand |
    | writes | registers that it changes |
    | conditional | it may fail its condition: a conditional branch, or anything in an IT block |
    | leaves | it writes the program counter |
    | target | address that a direct branch goes to, else None |
    """

    address_at: int
    size: int
    name: str
    names: tuple[str, ...]
    registers: int
    reads: frozenset[int]
    address: frozenset[int]
    adds: frozenset[int]
    first: frozenset[int]
    writes: frozenset[int]
    writeback: bool
    conditional: bool
    sets_flags: bool
    is_store: bool
    leaves: bool
    target: int | None


class Code:
    """The instructions of an ELF file, decoded on demand. known: those that are decoded already, by address."""

    def __init__(self, elf: Path, known: Mapping[int, Instruction] = MappingProxyType({})) -> None:
        self._engine = capstone.Cs(
            capstone.CS_ARCH_ARM, capstone.CS_MODE_THUMB | capstone.CS_MODE_MCLASS | capstone.CS_MODE_V8
        )
        self._engine.detail = True
        self._known = dict(known)
        with elf.open("rb") as file:
            sections = ELFFile(file).iter_sections()
            self._pieces = [(s["sh_addr"], s.data()) for s in sections if s["sh_flags"] & 4 and s["sh_size"]]

    def span(self, start: int, end: int) -> list[Instruction]:
        """The instructions from `start` to before `end`; LookupError where there is no code."""
        found: list[Instruction] = []
        at = start
        while at < end:
            if at not in self._known:
                for raw in self._engine.disasm(self.bytes_at(at, end), at):
                    self._known.setdefault(raw.address, _instruction(raw))
            if at not in self._known:
                raise LookupError(f"no instruction at {at:#x}")
            found.append(self._known[at])
            at += found[-1].size
        return found

    def bytes_at(self, start: int, end: int) -> bytes:
        """The machine code between two addresses; LookupError where there is none."""
        for origin, data in self._pieces:
            if origin <= start and end <= origin + len(data):
                return data[start - origin : end - origin]
        raise LookupError(f"no code from {start:#x} to {end:#x}")

    def is_misaligned_wide(self, at: int) -> bool:
        """Whether a 32-bit instruction that does not start a word is at an address: fetched in two parts."""
        return at % 4 == 2 and self.bytes_at(at, at + 2)[1] >> 3 in (0x1D, 0x1E, 0x1F)


def _instruction(raw: Any) -> Instruction:
    name = str(raw.insn_name()).removesuffix("ia")
    name = _NAMES.get(name, name)
    reads, writes = (frozenset(registers) for registers in raw.regs_access())
    operands = list(raw.operands)
    registers = [o.reg for o in operands if o.type == arm.ARM_OP_REG]
    memory = [o.mem for o in operands if o.type == arm.ARM_OP_MEM]
    address = frozenset(r for m in memory for r in (m.base, m.index) if r)
    if name.startswith(_LISTS) and not memory:
        address = frozenset([arm.ARM_REG_SP] if name.endswith(("push", "pop")) else registers[:1])
    adds = _accumulators(name, registers)
    loaded = name.startswith(("ldr", "ldm", "pop", "vldr"))
    # Capstone says of some operands neither that they are read nor that they are written: then they are read.
    silent = frozenset(o.reg for o in operands if o.type == arm.ARM_OP_REG and not o.access and not loaded)
    conditional = name in ("cbz", "cbnz") or (name != "it" and raw.cc not in (arm.ARM_CC_AL, arm.ARM_CC_INVALID))
    leaves = name in _BRANCHES or (arm.ARM_REG_PC in writes and name != "it")
    immediates = [o.imm for o in operands if o.type == arm.ARM_OP_IMM]
    variants = _variants(raw, name, memory, operands, leaves, conditional)
    shifted = [o.reg for o in operands if o.type == arm.ARM_OP_REG and o.shift.type]
    return Instruction(
        address_at=raw.address,
        size=raw.size,
        name=name,
        names=(*(f"{name}:{variant}" for variant in variants), name),
        registers=_list_length(name, operands),
        reads=(reads | silent) - address - adds,
        address=address,
        adds=adds,
        first=frozenset(shifted or registers[-1:]),
        writes=writes | (address if raw.writeback else frozenset()),
        writeback=bool(raw.writeback),
        conditional=conditional,
        sets_flags=bool(raw.update_flags) or name in _COMPARISONS,
        is_store=name.startswith(_STORES),
        leaves=leaves,
        target=immediates[-1] if name in ("b", "bl", "cbz", "cbnz") else None,
    )


def _variants(
    raw: Any, name: str, memory: list[Any], operands: list[Any], leaves: bool, conditional: bool
) -> Iterator[str]:
    if leaves and name not in _BRANCHES:
        yield "pc"
    if name == "b" and conditional:
        yield "conditional"
    if any(m.index for m in memory):
        yield "register"
    if any(m.base == arm.ARM_REG_PC for m in memory):
        yield "literal"
    if name == "hint":
        yield str(raw.mnemonic).removesuffix(".w")
    if any(o.type == arm.ARM_OP_REG and arm.ARM_REG_D0 <= o.reg <= arm.ARM_REG_D31 for o in operands):
        yield "double"
    if any(o.shift.type for o in operands if o.type == arm.ARM_OP_REG):
        yield "shifted"
    if raw.update_flags:
        yield "flags"
    if name in ("add", "sub") and operands[-1].type == arm.ARM_OP_IMM:
        yield "constant"


def _accumulators(name: str, registers: list[int]) -> frozenset[int]:
    if name.startswith(_LONG):
        return frozenset(registers[:2])
    if name.startswith(("sxta", "uxta")):
        return frozenset(registers[1:2])
    if name.startswith(_FLOAT_ADDING):
        return frozenset(registers[:1])
    return frozenset(registers[3:4]) if name.startswith(_ADDING) else frozenset()


def _list_length(name: str, operands: list[Any]) -> int:
    if name in ("ldrd", "strd"):
        return 2
    if not name.startswith(_LISTS):
        return 1
    listed = [o.reg for o in operands if o.type == arm.ARM_OP_REG]
    listed = listed if name.endswith(("push", "pop")) else listed[1:]
    return sum(2 if arm.ARM_REG_D0 <= r <= arm.ARM_REG_D31 else 1 for r in listed)
