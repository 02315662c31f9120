"""Functions whose address is taken somewhere in a firmware: those that a call by address may go to.

Of a place inside a function the same says that it has a table of jumps.

By the relocations of the compiler's objects: in the linked firmware an address is a number like others.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

from lapel.simulate.elf import Image

_ALLOCATED = 2
"""SHF_ALLOC: sections that are in the firmware, so no debug information."""
_UNWINDING = (".eh_frame", ".ARM.ex")


_EXECUTABLE = 4
"""SHF_EXECINSTR."""


def taken_addresses(objects: Iterable[Path], calls: frozenset[int]) -> tuple[set[str], set[str]]:
    """Names of functions that are named elsewhere than in calls, and of those with a place inside that is.

    calls: the machine's relocations of calls and jumps, by number.
    """
    functions: set[str] = set()
    inside: set[str] = set()
    for path in objects:
        with path.open("rb") as file:
            for name, is_start in _taken(ELFFile(file), calls):
                (functions if is_start else inside).add(name)
    return functions, inside


def table_places(
    elf: Path, image: Image, names: Collection[str], pointer: tuple[int, int]
) -> dict[str, tuple[int, ...]]:
    """Of each of these functions the places inside that stand somewhere in the constants of the firmware.

    pointer: bytes of an address there, and of its unit. A table among the code is not found.
    """
    ranges = [(at, at + size, name) for at, size, name in image.functions if name in names]
    found: dict[str, set[int]] = {name: set() for name in names}
    if not ranges:
        return {}
    size, unit = pointer
    with elf.open("rb") as file:
        for section in ELFFile(file).iter_sections():
            if section["sh_flags"] & (_ALLOCATED | _EXECUTABLE) != _ALLOCATED or section["sh_type"] != "SHT_PROGBITS":
                continue
            data = section.data()
            for at in range(-section["sh_addr"] % size, len(data) - size + 1, size):
                word = int.from_bytes(data[at : at + size], "little") * unit & ~1
                for start, end, name in ranges:
                    if start < word < end:
                        found[name].add(word)
    return {name: tuple(sorted(places)) for name, places in found.items()}


def _taken(elf: Any, calls: frozenset[int]) -> Iterator[tuple[str, bool]]:
    """Functions, and whether it is their beginning."""
    table = elf.get_section_by_name(".symtab")
    symbols = list(table.iter_symbols()) if table else []
    functions = [s for s in symbols if s["st_info"]["type"] == "STT_FUNC"]
    odd = 1 if elf["e_machine"] == "EM_ARM" else 0  # Thumb's
    for section in elf.iter_sections():
        if not isinstance(section, RelocationSection):
            continue
        of = elf.get_section(section["sh_info"])
        if not of["sh_flags"] & _ALLOCATED or of.name.startswith(_UNWINDING):
            continue
        for relocation in section.iter_relocations():
            symbol = symbols[relocation["r_info_sym"]]
            if relocation["r_info_type"] in calls:
                continue
            place = symbol["st_shndx"]
            if not isinstance(place, int):
                if symbol.name:  # of another file: a variable, or a function
                    yield symbol.name, True
                continue
            if not elf.get_section(place)["sh_flags"] & _EXECUTABLE:
                continue
            # Of a section without an addend, the place is in the bytes that are relocated: it may be any.
            known = relocation.is_RELA() or symbol["st_info"]["type"] != "STT_SECTION"
            at = (symbol["st_value"] + (relocation["r_addend"] if relocation.is_RELA() else 0)) & ~odd
            for f in functions:
                if f["st_shndx"] == place:
                    start = f["st_value"] & ~odd
                    if not known or at == start:
                        yield f.name, True
                    if not known or start < at < start + f["st_size"]:
                        yield f.name, False
