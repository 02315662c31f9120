"""What an ELF file says: symbol addresses and section sizes."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from lapel.errors import CompileError


@dataclass(frozen=True)
class Image:
    """The part of an ELF file that Lapel reads; sizes in bytes."""

    symbols: dict[str, int]
    """Address of each symbol."""
    objects: dict[str, int]
    """Size of each variable."""
    functions: tuple[tuple[int, int, str], ...]
    """Address, size and name of each function, in order of address."""
    sections: dict[str, int]
    """Size of each section."""
    origins: dict[str, int]
    """Address of each section."""

    def function_at(self, pc: int) -> str:
        """`name+0xoffset` of the function that holds an address, or the address itself."""
        for address, size, name in self.functions:
            if address <= pc < address + max(size, 1):
                return f"{name}+{pc - address:#x}"
        return f"{pc:#x}"


def read_image(path: Path) -> Image:
    """Read an ELF executable or object. Thumb function addresses lose their mode bit.

    Raises CompileError for another kind of file.
    """
    with path.open("rb") as file:
        try:
            elf = ELFFile(file)
        except ELFError as e:
            raise CompileError(f"{path.name} is no ELF file ({e}): is this a compiler for the target?") from None
        thumb = elf["e_machine"] == "EM_ARM"
        symbols: dict[str, int] = {}
        objects: dict[str, int] = {}
        functions = []
        table: Any = elf.get_section_by_name(".symtab")
        for symbol in table.iter_symbols() if table else ():
            kind, value = symbol["st_info"]["type"], symbol["st_value"]
            if thumb and kind == "STT_FUNC":
                value &= ~1
            symbols[symbol.name] = value
            if kind == "STT_OBJECT":
                objects[symbol.name] = symbol["st_size"]
            if kind == "STT_FUNC":
                functions.append((value, symbol["st_size"], symbol.name))
        sections = {s.name: s["sh_size"] for s in elf.iter_sections() if s.name}
        origins = {s.name: s["sh_addr"] for s in elf.iter_sections() if s.name}
    return Image(symbols, objects, tuple(sorted(functions)), sections, origins)


def flash_image(path: Path, limit: int = 0x800000) -> bytes:
    """What a programmer writes into the flash from address 0 on: all bytes that load below `limit`."""
    image = bytearray()
    with path.open("rb") as file:
        for segment in ELFFile(file).iter_segments("PT_LOAD"):
            start, data = segment["p_paddr"], segment.data()
            if data and start < limit:
                image.extend(b"\xff" * (start + len(data) - len(image)))
                image[start : start + len(data)] = data
    return bytes(image)
