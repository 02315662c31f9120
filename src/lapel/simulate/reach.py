"""What a function or a constant of an object file needs beside itself: the sections that its relocations lead to.

The compiler gives every function and constant a section of its own (-ffunction-sections, -fdata-sections), and every
reference between sections is a relocation, so the bytes that a kernel brings into a firmware can be counted exactly.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.elf.elffile import ELFFile
from elftools.elf.relocation import RelocationSection

_CODE, _DATA = (".text",), (".rodata", ".data", ".progmem")


@dataclass(frozen=True)
class Section:
    """A section with code or constants, its bytes, and what it refers to: sections of the same file, other symbols."""

    name: str
    bytes: int
    sections: tuple[int, ...]
    symbols: tuple[str, ...]

    @property
    def is_code(self) -> bool:
        return self.name.startswith(_CODE)


class Objects:
    """Some object files that are linked together."""

    def __init__(self, paths: Iterable[Path]) -> None:
        self._sections: dict[tuple[int, int], Section] = {}
        self._places: dict[str, tuple[int, int]] = {}
        for number, path in enumerate(paths):
            self._read(number, path)

    def defines(self, symbol: str) -> bool:
        """Whether one of the files has this global symbol."""
        return symbol in self._places

    def reach(self, symbols: Iterable[str]) -> tuple[dict[str, Section], set[str]]:
        """Sections by name that these global symbols need, and the symbols that none of the files defines."""
        found: dict[tuple[int, int], Section] = {}
        unknown: set[str] = set()
        todo: list[tuple[int, int] | str] = list(symbols)
        while todo:
            at = todo.pop()
            if isinstance(at, str):
                if at in self._places:
                    todo.append(self._places[at])
                else:
                    unknown.add(at)
            elif at in self._sections and at not in found:
                found[at] = self._sections[at]
                todo += [(at[0], k) for k in found[at].sections]
                todo += found[at].symbols
        by_name: dict[str, Section] = {}
        for section in found.values():  # a header's function is in each file that uses it
            if section.name not in by_name or by_name[section.name].bytes < section.bytes:
                by_name[section.name] = section
        return by_name, unknown

    def _read(self, number: int, path: Path) -> None:
        with path.open("rb") as file:
            elf = ELFFile(file)
            table: Any = elf.get_section_by_name(".symtab")
            symbols = list(table.iter_symbols())
            targets: dict[int, tuple[list[int], list[str]]] = {}
            for section in elf.iter_sections():
                if isinstance(section, RelocationSection):
                    inside, outside = targets.setdefault(section["sh_info"], ([], []))
                    for relocation in section.iter_relocations():
                        symbol = symbols[relocation["r_info_sym"]]
                        if isinstance(symbol["st_shndx"], int):
                            inside.append(symbol["st_shndx"])
                        elif symbol["st_shndx"] == "SHN_UNDEF" and symbol.name:
                            outside.append(symbol.name)
            for index, section in enumerate(elf.iter_sections()):
                if section.name.startswith((*_CODE, *_DATA)) and section["sh_size"]:
                    inside, outside = targets.get(index, ([], []))
                    key = tuple(dict.fromkeys(inside)), tuple(dict.fromkeys(outside))
                    self._sections[number, index] = Section(section.name, section["sh_size"], *key)
            for symbol in symbols:
                if symbol["st_info"]["bind"] == "STB_GLOBAL" and isinstance(symbol["st_shndx"], int):
                    self._places[symbol.name] = number, symbol["st_shndx"]
