"""The memories of a board that has several: a table each in its .toml, the one with the stack first.

    [memories.dtcm]
    address = 0x20000000
    bytes = 131072
    read_cycles = { value = 0, low = 0, high = 0, source = "ST RM0433, 2.4: zero wait states" }
    write_cycles = { value = 0, low = 0, high = 0, source = "the same" }

| key | unit | meaning |
|---|---|---|
| bytes | bytes | that a firmware may use |
| address | | where it starts; or `section`: of the linker script, what goes there; or both |
| read_cycles, write_cycles | clock cycles | of an access, more than the core's timetable says, with bounds and source |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

from lapel.records import Constant
from lapel.targets import files
from lapel.targets.constants import read_constant

MORE = "more"
"""The region of an emulated machine that stands for all memories of a board but the first, which is its RAM."""
COSTS = ("read_cycles", "write_cycles")
KEYS = ("bytes", "address", "section", *COSTS)
ADDRESSES = 1 << 32
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_SECTION = re.compile(r"\.[A-Za-z0-9_.]+")
NAME_CHARS = 16


@dataclass(frozen=True)
class BoardMemory:
    """One memory. address: None where only the linker knows it. section: of the linker script.

    read_cycles, write_cycles: more clock cycles of an access than the core's timetable has.
    """

    name: str
    bytes: int
    address: int | None
    section: str
    read_cycles: Constant
    write_cycles: Constant

    @property
    def cost(self) -> float:
        """Cycles of a read and a write together: what memories are put in order by."""
        return self.read_cycles.figure.value + self.write_cycles.figure.value

    def cycles(self, reads: int, writes: int) -> float:
        """More cycles of so many accesses."""
        return reads * self.read_cycles.figure.value + writes * self.write_cycles.figure.value


def read_memories(of: str, table: Mapping[str, Any]) -> tuple[BoardMemory, ...]:
    """The memories in a table without problems. of: the file's name."""
    return tuple(
        BoardMemory(
            name,
            m["bytes"],
            m.get("address"),
            m.get("section", f".bss.{name}"),
            *(read_constant(of, f"memories.{name}.{key}", m[key]) for key in COSTS),
        )
        for name, m in table.items()
    )


def problems(path: Path, table: Mapping[str, Any]) -> list[str]:
    """What is wrong with the memories in a board's table, with the line of each key."""
    found = table.get("memories")
    if found is None:
        return []
    said = [] if found else [f"memories{files.line_of(path, 'memories')} is empty, expected a table for each memory"]
    for name, memory in found.items():
        said += _of_one(path, name, memory, table["arena_align"])
    if said:
        return said
    if MORE not in table.get("memory", {}):
        said.append("memories: the machine that emulates this core has one RAM and no second one to stand for them")
    whole = sum(m["bytes"] for m in found.values())
    if table.get("ram_bytes", whole) != whole:
        at = files.line_of(path, "ram_bytes")
        said.append(f"ram_bytes{at} is {table['ram_bytes']}, expected the {whole} of all memories: leave it out")
    return said + _between(path, found)


def _of_one(path: Path, name: str, memory: object, align: int) -> list[str]:
    here = f"memories.{name}"
    if not isinstance(memory, Mapping):
        return [f"{here}{files.line_of(path, here)} is {memory!r}, expected a table with {', '.join(KEYS)}"]
    said = []
    if not _NAME.fullmatch(name) or len(name) > NAME_CHARS:
        said.append(f"{here}{files.line_of(path, here)}: expected a name of at most {NAME_CHARS} a-z, 0-9 and _")
    for key in memory:
        if key not in KEYS:
            said.append(f"unknown key {here}.{key}{_line(path, here, key)}, expected one of {', '.join(KEYS)}")
    size, address, section = (memory.get(key) for key in ("bytes", "address", "section"))
    if not isinstance(size, int) or isinstance(size, bool) or size < align:
        found = "is missing" if size is None else f"is {size!r}"
        said.append(f"{here}.bytes{_line(path, here, 'bytes')} {found}, expected a whole number from {align} on")
    if address is None and section is None:
        said.append(f"{here} has neither address nor section: say where it is")
    if address is not None and not (_is_whole(address) and 0 <= address < ADDRESSES and address % align == 0):
        at = _line(path, here, "address")
        said.append(f"{here}.address{at} is {address!r}, expected a multiple of {align} below 2^32")
    if section is not None and not (isinstance(section, str) and _SECTION.fullmatch(section)):
        at = _line(path, here, "section")
        said.append(f"{here}.section{at} is {section!r}, expected a name such as '.bss.{name}'")
    for key in COSTS:
        try:
            read_constant(path.stem, key, memory.get(key))
        except ValueError as e:
            said.append(f"{here}.{key}{_line(path, here, key)} {e}")
    return said


def _between(path: Path, found: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """What two memories have that only one can."""
    said = []
    for (one, a), (two, b) in combinations(found.items(), 2):
        if a.get("address") is not None and b.get("address") is not None:
            first = max(a["address"], b["address"])
            last = min(a["address"] + a["bytes"], b["address"] + b["bytes"])
            if first < last:
                at = _line(path, f"memories.{two}", "address")
                said.append(f"memories.{one} and memories.{two}{at} overlap by {last - first} bytes from {first:#x} on")
        if a.get("section") is not None and a.get("section") == b.get("section"):
            said.append(f"memories.{one} and memories.{two} have the same section {a['section']!r}")
    return said


def _line(path: Path, table: str, key: str) -> str:
    """Where a file sets a key of a table that has a section of its own; else where that is."""
    lines, inside = path.read_text(encoding="utf-8").splitlines(), False
    for k, line in enumerate(lines, 1):
        if re.match(r"\s*\[", line):
            inside = bool(re.match(rf"\s*\[\s*{re.escape(table)}\s*\]", line))
        elif inside and re.match(rf"\s*{re.escape(key)}\s*=", line):
            return f" on line {k}"
    return files.line_of(path, table)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
