"""Helium, floating point and low-overhead loops of an Armv8.1-M firmware, as the toolchain's disassembler reads them.

Capstone 5 does not know these encodings and takes some for older ones (VLDRB for a coprocessor's LDC). So what GNU
objdump says of them stands in its place; all other instructions stay Capstone's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from capstone import arm

from lapel.errors import SimulationError
from lapel.simulate.cycles.decode import Instruction
from lapel.simulate.process import TIMEOUT_S, run
from lapel.simulate.toolchain import find_tool

VPR = -1
"""The vector predication register, which has no number in Capstone."""
_FLAGS = int(arm.ARM_REG_CPSR)
SINGLES = int(arm.ARM_REG_S0)
"""The first single-precision register; all that follow are parts of vectors."""
_CORE = {f"r{n}": int(getattr(arm, f"ARM_REG_R{n}")) for n in range(13)}
_CORE |= {"sp": int(arm.ARM_REG_SP), "lr": int(arm.ARM_REG_LR), "pc": int(arm.ARM_REG_PC)}

_LOOPS = ("dls", "dlstp", "wls", "wlstp", "le", "letp", "lctp")
_LOOP_BRANCHES = ("wls", "wlstp", "le", "letp")
_SHIFTS = ("uqshl", "sqshl", "urshr", "srshr", "uqrshl", "sqrshr")
_LONG_SHIFTS = ("lsll", "lsrl", "asrl", "uqshll", "sqshll", "urshrl", "srshrl", "uqrshll", "sqrshrl")
_SELECTS = ("csel", "csinc", "csinv", "csneg", "cset", "csetm", "cinc", "cinv", "cneg")
_OURS = frozenset((*_LOOPS, *_SHIFTS, *_LONG_SHIFTS, *_SELECTS))

_CONDITIONS = ("eq", "ne", "cs", "hi", "ge", "lt", "gt", "le")
_LISTS = ("vpush", "vpop", "vldm", "vstm", "vscclrm")
_COUNTERS = ("vidup", "vddup", "viwdup", "vdwdup")
"""Of which the second operand, a core register, is a result, too, as of VSHLC."""
_LONG_SUM = re.compile(r"vr?ml[as]l\w+|vaddlva?")
"""Sums of 64 bits, in two core registers."""
_SUMS = re.compile(r"vr?ml[as](l?da|l)?vh?ax?|vaddl?va|vabav|v(max|min)(nm)?a?v")
"""Which add to, or compare with, what is in their core register."""
_KEEPING = re.compile(
    r"vq?movu?n[bt]|vq?r?shru?n[bt]|vs[lr]i|vfn?m[as]s?|vmlas?|vmls|vnml[as]|vcmla|vcvt[bt]|vq?r?dml[as]\w*"
)
"""Others whose result is made of what was in its place: lanes of an accumulator, halves of a vector."""
_IN_PLACE = ("vshl", "vqshl", "vrshl", "vqrshl", "vbic", "vorr")
"""The same if there are but two operands, the second a core register or a constant."""

_LINE = re.compile(r"^ *([0-9a-f]+):\t([0-9a-f ]+?) *\t(\S*)(?:\t([^@;]*))?")


def instructions(elf: Path, compiler: str, timeout_s: float = TIMEOUT_S) -> dict[int, Instruction]:
    """Those instructions of an ELF file, by address. compiler: prefix of the toolchain's programs.

    Raises MissingTool without an objdump, SimulationError if it fails or meets an instruction that it does not know.
    """
    command = [find_tool(f"{compiler}objdump"), "-m", "armv8.1-m.main", "-M", "reg-names-std", "-d", elf.name]
    status, said = run(command, elf.parent, timeout_s, Path(command[0]).name)
    if status != 0:
        raise SimulationError(f"{Path(command[0]).name}: {(said.splitlines() or ['it failed'])[0]}")
    return dict(_read(said))


def _read(listing: str) -> Iterator[tuple[int, Instruction]]:
    left = 0  # of the instructions that the last VPT or VPST predicates
    for line in listing.splitlines():
        found = _LINE.match(line)
        if not found:
            continue
        at, code, (name, _, kind) = int(found[1], 16), found[2].replace(" ", ""), found[3].partition(".")
        if "UNDEFINED" in line:
            raise SimulationError(f"firmware at {at:#x}: objdump does not know the instruction {code}")
        if not (name.startswith("v") or name in _OURS):
            continue
        predicated, left = left > 0, max(0, left - 1)
        block = re.fullmatch(r"(vpst|vpt)([te]*)", name)
        if block:
            name, left = block[1], 1 + len(block[2])
        elif predicated:
            name = name[:-1]
        parts = _split((found[4] or "").strip())
        yield at, _instruction(at, len(code) // 2, name, kind.removesuffix(".w"), parts, predicated)


def _instruction(at: int, size: int, name: str, kind: str, parts: list[str], predicated: bool) -> Instruction:
    memory = next((p for p in parts if p.startswith("[")), "")
    data = [p for p in parts if p != memory]
    address = _registers(memory)
    writeback = memory.endswith("!") or (memory != "" and parts[-1] != memory)
    if name.startswith(_LISTS):
        base = "sp" if name in ("vpush", "vpop", "vscclrm") else data.pop(0)
        address, writeback = _registers(base), base == "sp" or base.endswith("!")
    stores = name.startswith(("vst", "vpush"))
    writes, reads = _data(name, data, stores)
    if predicated:  # what is not active stays as it was
        reads |= writes | {VPR}
    sums = frozenset(writes & reads) if _SUMS.fullmatch(name) else frozenset[int]()
    loops = name in _LOOP_BRANCHES
    return Instruction(
        address_at=at,
        size=size,
        name=name,
        names=tuple(_names(name, kind, parts, memory)),
        registers=len(_registers(data[-1])) if name.startswith(_LISTS) else 1,
        reads=frozenset(reads) - address - sums,
        address=address,
        adds=sums,
        first=frozenset(),
        writes=frozenset(writes) | (address & frozenset(_CORE.values()) if writeback else frozenset()),
        writeback=writeback,
        conditional=loops,
        sets_flags=False,
        is_store=stores,
        leaves=loops,
        target=int(parts[-1].split()[0], 16) if loops else None,
    )


def _split(operands: str) -> list[str]:
    """At the commas outside of brackets and braces."""
    return [p.strip() for p in re.split(r",(?![^\[]*\])(?![^{]*\})", operands) if p.strip()]


def _data(name: str, data: list[str], stores: bool) -> tuple[set[int], set[int]]:
    """Registers that are written, and those that are read, without addresses."""
    sets = [set(_registers(p)) for p in data]
    count = 0 if stores else _results(name, data)
    writes, reads = set[int]().union(*sets[:count]), set[int]().union(*sets[count:])
    if _keeps(name, data):
        reads |= writes
    elif name in _COUNTERS:
        reads |= sets[1]
    if name in ("vpst", "vpnot", "vpsel"):
        reads.add(VPR)
    if name in ("vpst", "vpnot", "vctp", "vpt") or (name == "vcmp" and data[0] in _CONDITIONS):
        writes.add(VPR)
    elif name in ("vcmp", "vcmpe"):
        writes.add(_FLAGS)
    if name in ("vmrs", "vmsr"):
        special = _FLAGS if "APSR" in data[0] else VPR
        (reads if name == "vmrs" else writes).add(special)
    if name in _SELECTS or name.startswith("vsel"):
        reads.add(_FLAGS)
    return writes, reads


def _keeps(name: str, data: list[str]) -> bool:
    """Whether all results are made of what was in their place."""
    if name in (*_SHIFTS, *_LONG_SHIFTS, "vshlc", "le", "letp") or (name in _IN_PLACE and len(data) == 2):
        return True
    return bool(_SUMS.fullmatch(name) or _KEEPING.fullmatch(name))


def _results(name: str, data: list[str]) -> int:
    """How many of the first operands are results."""
    if name in ("vcmp", "vcmpe", "vpt", "vpst", "vctp", "lctp"):
        return 0
    if name in (*_COUNTERS, *_LONG_SHIFTS, "vshlc") or _LONG_SUM.fullmatch(name):
        return 2
    return 2 if name == "vmov" and (len(data) == 4 or (len(data) == 3 and data[0] in _CORE)) else 1


def _names(name: str, kind: str, parts: list[str], memory: str) -> Iterator[str]:
    """What a timing table may call it.

    | form | name |
    |---|---|
    | gather, scatter | `vldrb:gather16`, with the bits of an element |
    | one floating-point number | `vadd:double` if it has 64 bits, `vadd:scalar` |
    | VMOV of a vector | from core registers `vmov:to`, to them `vmov:from`, of a constant `vmov:immediate` |
    | other vectors | `vadd:f` for floating point, `vmaxv:8` with the bits of an element, `vadd` |
    """
    bits = re.sub(r"\D", "", kind.rsplit(".")[-1])
    text = " ".join(parts)
    if not name.startswith("v") or name in ("vctp", "vpst", "vpnot", *_LISTS):
        yield name
    elif re.search(r"\bq\d", memory):
        yield f"{name}:gather{bits}"
    elif name == "vmov" and re.search(r"\bq\d|[qd]\d+\[", text) and _CORE.keys() & set(parts):
        yield "vmov:from" if parts[0] in _CORE else "vmov:to"
    elif not re.search(r"\bq\d", text):
        yield from [f"{name}:double"] * bool(re.search(r"\bd\d", text))
        yield f"{name}:scalar"
    else:
        yield from ["vmov:immediate"] * (name == "vmov" and parts[-1].startswith("#"))
        yield from [f"{name}:f"] * kind.startswith("f")
        yield from [f"{name}:{bits}"] * bool(bits)
        yield name


@cache
def _registers(text: str) -> frozenset[int]:
    """Of an operand: of the core, and of vectors the single-precision registers that they are made of."""
    lane = re.fullmatch(r"([qd])(\d+)\[([0-3])\]", text)
    size = {"q": 4, "d": 2, "s": 1}
    if lane and int(lane[3]) < size[lane[1]]:  # of 32 bits, or so small that it is in the same place or before it
        return frozenset([SINGLES + size[lane[1]] * int(lane[2]) + int(lane[3])])
    found = {number for name, number in _CORE.items() if re.search(rf"\b{name}\b", text)}
    for kind, low, high in re.findall(r"\b([qds])(\d+)(?:-[qds](\d+))?", text):
        first, end = size[kind] * int(low), size[kind] * (int(high or low) + 1)
        found.update(range(SINGLES + first, SINGLES + end))
    return frozenset(found)
