"""A linked firmware as the disassembler of its own compiler lists it: instructions, constants among them, labels.

GNU's objdump, not Capstone: that knows neither Helium nor AVR, and what linked the firmware is there anyway.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lapel.errors import SimulationError
from lapel.simulate.process import TIMEOUT_S, run
from lapel.simulate.toolchain import find_tool

_LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(\S+)(?:\t(.*))?$")
_LABEL = re.compile(r"^([0-9a-f]+) <(.+)>:$")
_TARGET = re.compile(r"\b(?:0x)?([0-9a-f]+) <")
"""The address that objdump says an operand is, with the symbol there."""
_NOTE = re.compile(r"\s*(?:[;@]|#\s).*$")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. target: the address that objdump says it names, -1 if none."""

    at: int
    size: int
    name: str
    operands: str
    target: int

    @property
    def next(self) -> int:
        return self.at + self.size

    def parts(self) -> list[str]:
        """Its operands: lists in braces and addresses in brackets are one."""
        return [p.strip() for p in re.split(r",(?![^\[{]*[\]}])", self.operands) if p.strip()]


@dataclass(frozen=True)
class Listing:
    """Instructions by address; data among code, byte by byte; labels by address, the first one of each."""

    instructions: dict[int, Instruction]
    data: dict[int, int]
    labels: dict[int, str]

    def word(self, at: int) -> int | None:
        """The 32-bit constant that lies among the code at an address, lowest byte first."""
        found = [self.data.get(at + k) for k in range(4)]
        return sum(b << 8 * k for k, b in enumerate(found) if b is not None) if None not in found else None

    def table(self, at: int) -> bytes:
        """The constants from an address on, to the next instruction."""
        end = at
        while end in self.data:
            end += 1
        return bytes(self.data[k] for k in range(at, end))


def read_listing(elf: Path, compiler: str, options: Sequence[str] = (), timeout_s: float = TIMEOUT_S) -> Listing:
    """Disassemble an ELF file. compiler: prefix of the toolchain's programs; options: of its objdump.

    Raises MissingTool without an objdump, SimulationError if it fails.
    """
    command = [find_tool(f"{compiler}objdump"), "-d", "-z", *options, elf.name]
    status, said = run(command, elf.parent, timeout_s, Path(command[0]).name)
    if status != 0:
        raise SimulationError(f"{Path(command[0]).name}: {(said.splitlines() or ['it failed'])[-1]}")
    return parse(said)


def parse(said: str) -> Listing:
    """What objdump said."""
    instructions: dict[int, Instruction] = {}
    data: dict[int, int] = {}
    labels: dict[int, str] = {}
    for line in said.splitlines():
        found = _LINE.match(line)
        if found is None:
            label = _LABEL.match(line)
            if label:
                labels.setdefault(int(label[1], 16), label[2])
            continue
        at, code, name, text = int(found[1], 16), found[2], found[3], found[4] or ""
        size = len(code.replace(" ", "")) // 2
        if name.startswith("."):
            for k, byte in enumerate(int(text.split()[0], 16).to_bytes(size, "little")):
                data[at + k] = byte
            continue
        target = _TARGET.search(text)
        plain = _NOTE.sub("", text)
        instructions[at] = Instruction(at, size, name, plain, int(target[1], 16) if target else -1)
    return Listing(instructions, data, labels)
