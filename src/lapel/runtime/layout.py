"""Where the members of a kernel's params lie: what the core's C compiler makes of the struct, without asking it.

On all cores numbers lie at multiples of their size, and so do structs at those of their widest member; on the AVR
nothing is aligned (avr-gcc's ABI). `tests/runtime/test_struct_layouts.py` asks the compilers.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from lapel.errors import InvalidGraph
from lapel.runtime.source import Field, params_fields

_CODES = {
    "int8_t": "b",
    "uint8_t": "B",
    "int16_t": "h",
    "uint16_t": "H",
    "int32_t": "i",
    "uint32_t": "I",
    "int64_t": "q",
    "uint64_t": "Q",
    "float": "f",
}


@dataclass(frozen=True)
class Abi:
    """A core's C: bytes of a pointer and of `lapel_index`, and the largest alignment there is."""

    pointer_bytes: int
    index_bytes: int
    most_align: int = 8

    def code(self, field: Field) -> str:
        """The number of a field, or of its elements, as `struct` names it."""
        if field.pointer:
            return {2: "H", 4: "I", 8: "Q"}[self.pointer_bytes]
        if field.ctype == "lapel_index":
            return {2: "h", 4: "i"}[self.index_bytes]
        if field.ctype not in _CODES:
            raise InvalidGraph(f"{field.name} is {field.ctype}, and a layout is known of numbers and pointers alone")
        return _CODES[field.ctype]

    def align(self, size: int) -> int:
        """Of a number of `size` bytes."""
        return min(size, self.most_align)


@dataclass(frozen=True)
class Layout:
    """A struct: its size and alignment in bytes, and the first byte of every member by name."""

    size: int
    align: int
    offsets: Mapping[str, int]


def layout(kernel: str, abi: Abi) -> Layout:
    """Of `lapel_<kernel>_params`; members of structs that are members have their own names, as in `params_fields`."""
    return _struct(params_fields(kernel).values(), abi, 0)


def _struct(fields: Iterable[Field], abi: Abi, depth: int) -> Layout:
    at, widest, offsets = 0, 1, dict[str, int]()
    for inner, members in groupby(fields, lambda f: f.within[depth : depth + 1]):
        # A struct that is a member is one place, a run of plain members several.
        for part in [list(members)] if inner else [[m] for m in members]:
            if inner:
                made = _struct(part, abi, depth + 1)
                size, align, within = made.size, made.align, made.offsets
            else:
                (field,) = part
                one = struct.calcsize(f"<{abi.code(field)}")
                size, align, within = one * (field.length or 1), abi.align(one), {field.name: 0}
            at = _up(at, align)
            offsets |= {name: at + offset for name, offset in within.items()}
            at, widest = at + size, max(widest, align)
    return Layout(_up(at, widest), widest, offsets)


def pack(kernel: str, abi: Abi, value: Callable[[Field], int | float | tuple[int | float, ...]]) -> bytes:
    """The params as they lie in memory, little-endian; value: of each field, an address for a pointer."""
    place, fields = layout(kernel, abi), params_fields(kernel)
    image = bytearray(place.size)
    for name, field in fields.items():
        found = value(field)
        numbers = found if isinstance(found, tuple) else (found,)
        struct.pack_into(f"<{len(numbers)}{abi.code(field)}", image, place.offsets[name], *numbers)
    return bytes(image)


def _up(at: int, align: int) -> int:
    return -(-at // align) * align
