"""The params of a kernel call as they lie in a linked firmware: read from its image, and written there.

The C of a step names its params; the linker says where they are; their pointers lead to tables. So what is read is what
the core will read, whoever changed the C since it was generated.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from elftools.elf.elffile import ELFFile

from lapel.codegen.kernelset import abi
from lapel.ir import Call
from lapel.proving.firmware import Compiled
from lapel.proving.interpreting import Interpreting
from lapel.runtime.layout import Abi, layout
from lapel.runtime.source import Field, params_fields
from lapel.simulate import Firmware
from lapel.targets import Target

FIXED = ("-fno-pie", "-no-pie")
"""On this computer: addresses in the image are those in memory."""
_CONSTANT = re.compile(r"^static const LAPEL_ROM ", re.M)


def readable_flags(target: Target) -> tuple[str, ...]:
    """What a compiler needs, so that addresses in an image are those that the core uses."""
    return FIXED if target.emulator.kind == "native" else ()


def with_constants_in_memory(source: str) -> str:
    """A source whose constants are read where they lie: a linker might replace them, so no compiler knows their values.

    Else it takes some of them into instructions, where nobody finds them.
    """
    return _CONSTANT.sub("__attribute__((weak)) const LAPEL_ROM ", source)


@dataclass(frozen=True)
class Section:
    """Bytes of a file that are loaded at an address."""

    address: int
    size: int
    at: int


@dataclass(eq=False)
class Image:
    """A firmware's file, whose loaded bytes can be read, and replaced. abi: of the core's C.

    params: of a blob's firmware, addresses by step and kernel; origin: what pointers in them count from.
    """

    path: Path
    symbols: Mapping[str, int]
    abi: Abi
    content: bytearray = field(default_factory=bytearray)
    sections: list[Section] = field(default_factory=list)
    params: Mapping[tuple[int, str], int] | None = None
    origin: int = 0

    @classmethod
    def of(cls, firmware: Firmware) -> Image:
        """Read the file of a firmware."""
        made = cls(firmware.elf, firmware.symbols, abi(firmware.target))
        made.content = bytearray(firmware.elf.read_bytes())
        with firmware.elf.open("rb") as file:
            for s in ELFFile(file).iter_sections():
                if s["sh_flags"] & 2 and s["sh_type"] == "SHT_PROGBITS":
                    made.sections.append(Section(s["sh_addr"], s["sh_size"], s["sh_offset"]))
        return made

    def place(self, address: int, size: int) -> int | None:
        """Where in the file bytes at an address are; None if they are not in it."""
        for s in self.sections:
            if s.address <= address and address + size <= s.address + s.size:
                return s.at + address - s.address
        return None

    def read(self, address: int, dtype: str, count: int = 1) -> np.ndarray | None:
        """Little-endian numbers at an address."""
        kind = np.dtype(dtype).newbyteorder("<")
        at = self.place(address, kind.itemsize * count)
        return None if at is None else np.frombuffer(bytes(self.content[at : at + kind.itemsize * count]), kind)

    def write(self, address: int, dtype: str, value: int) -> None:
        """One number at an address that was read."""
        data = np.array([value]).astype(np.dtype(dtype).newbyteorder("<")).tobytes()
        at = self.place(address, len(data))
        assert at is not None, "it was read before"
        self.content[at : at + len(data)] = data

    def save(self) -> None:
        """Into the file that it was read from."""
        self.path.write_bytes(bytes(self.content))


def image_of(c: Compiled) -> Image:
    """Read the file of a firmware, whose model may be a blob."""
    made = Image.of(c.firmware)
    if isinstance(c, Interpreting):
        blob = c.firmware.symbols["adapter_blob"]
        called = [(s.index, call.kernel) for s in c.plan.steps for call in s.calls]
        places = zip(called, c.image.calls, strict=True)
        # Of a step's calls of one kernel the first, as where params are found by the C's text.
        made.params = {key: blob + call.params for key, call in reversed(list(places))}
        made.origin = 0 if c.image.link.slot else blob
    return made


@dataclass(frozen=True)
class Held:
    """A field of the params in an image: where it is, and what; a table's is where its pointer leads."""

    name: str
    address: int
    dtype: str
    value: np.ndarray
    table: bool


def params_in(image: Image, source: str, step: int, call: Call) -> dict[str, Held]:
    """The fields of a call's params in an image, as far as they lie there. source: the C of the firmware.

    Fields that a compiler took into its instructions are not in it, nor are addresses in RAM.
    """
    if image.params is not None:
        address = image.params.get((step, call.kernel))
    else:
        name = params_symbol(source, step, call)
        address = image.symbols.get(name) if name else None
    if address is None:
        return {}
    found: dict[str, Held] = {}
    places = layout(call.kernel, image.abi).offsets
    for f in params_fields(call.kernel).values():
        held = _held(image, f, address + places[f.name], call.params[f.name])
        if held is not None:
            found[f.name] = held
    return found


def params_symbol(source: str, step: int, call: Call) -> str:
    """The name of a call's params in the C; "" if the C does not say it."""
    begin = re.search(rf"^    /\* step {step} ", source, re.M)
    if begin is None:
        return ""
    end = re.compile(rf"^    /\* step {step + 1} |^}}", re.M).search(source, begin.end())
    text = source[begin.end() : end.start() if end else len(source)]
    shared = re.search(rf"lapel_{call.kernel}\([^;]*&(\w+)\);", text)
    if shared:
        return shared[1]
    for function in re.findall(r"^    (\w+)\(", text, re.M):
        body = re.search(rf"void {function}\([^)]*\)\n{{\n(.*?)^}}", source, re.M | re.S)
        inner = re.search(r"&(\w+)", body[1]) if body else None
        if inner:
            return inner[1]
    return ""


def _held(image: Image, f: Field, address: int, planned: Any) -> Held | None:
    if not f.pointer:
        kind = image.abi.code(f)
        value = image.read(address, kind, f.length or 1)
        return None if value is None else Held(f.name, address, kind, value, False)
    if not isinstance(planned, np.ndarray):
        return None
    element = replace(f, pointer=False)
    kind = planned.dtype.str[1:] if f.ctype == "void" else image.abi.code(element)
    pointer = image.read(address, image.abi.code(f))
    to = 0 if pointer is None else int(pointer[0]) + image.origin
    value = image.read(to, kind, planned.size)
    return None if value is None else Held(f.name, to, kind, value, True)


@dataclass(frozen=True)
class Changed:
    """A number of a call's params that is not what the plan has. at: its place in a table, None for a scalar."""

    field: str
    at: int | None
    planned: float
    found: float


def changed(call: Call, held: Mapping[str, Held]) -> list[Changed]:
    """Every number in an image that is not the plan's, tables in their order; what is not in the image is left out."""
    found = []
    for name, h in held.items():
        planned = np.asarray(call.params[name]).reshape(-1).astype(h.value.dtype)
        wrong = np.flatnonzero(h.value.view(f"u{h.value.itemsize}") != planned.view(f"u{planned.itemsize}"))
        alone = not h.table and h.value.size == 1
        found += [
            Changed(name, None if alone else int(k), planned[k].item(), h.value[k].item()) for k in wrong.tolist()
        ]
    return found
