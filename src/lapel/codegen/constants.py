"""Constants in flash: arrays written once however often they are used, and params structs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby

import numpy as np

from lapel.codegen.names import comment
from lapel.errors import InvalidGraph
from lapel.ir.op import Param, Place
from lapel.runtime.source import INTEGER_RANGES, Field, params_fields

CTYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
    "float32": "float",
    "bool": "uint8_t",
}
LINE = 100


@dataclass(frozen=True)
class Address:
    """The value of a param that points into RAM: a C expression, a constant address of bytes."""

    text: str


class Constants:
    """Collects the arrays of a model, or of a program's models; equal contents share one array.

    prefix: of the names of what is new.
    """

    def __init__(self, prefix: str, index_bits: int) -> None:
        self.prefix = prefix
        self.ranges = {**INTEGER_RANGES, "lapel_index": INTEGER_RANGES[f"int{index_bits}_t"]}
        self.index_bits = index_bits
        self.texts: list[str] = []
        self.bytes = 0
        self.declared: list[str] = []
        """Type and declarator of what is in flash, with a comma between."""
        self._names: dict[tuple[str, bytes], str] = {}

    def array(self, data: np.ndarray, ctype: str, label: str, owner: str, *, rom: bool = True) -> str:
        """The name of an array with this content; `label` and `owner` name and explain it where it is new."""
        key = (f"{ctype} {rom}", data.tobytes())
        if key not in self._names:
            name = f"{self.prefix}_{label}"
            self._names[key] = name
            self.bytes += data.nbytes
            shape = "x".join(map(str, data.shape))
            about = f"/* {comment(owner)}: {label.rsplit('_', 1)[-1]} {shape}, {data.nbytes} bytes */"
            space = "LAPEL_ROM " if rom else ""
            if rom:
                self.declared.append(f"{ctype}, {name}[{data.size}]")
            self._define(about, data, f"static const {space}{ctype} {name}")
        return self._names[key]

    def _define(self, about: str, data: np.ndarray, head: str) -> None:
        self.texts.append(f"{about}\n{array_text(data, head)}")

    def params(self, kernel: str, values: Mapping[str, Param | Address], name: str, owner: str) -> str:
        """The name of a `lapel_<kernel>_params` with these values; every field must be given, and fit its C type."""
        fields = params_fields(kernel)
        if set(fields) != set(values):
            missing, unknown = set(fields) - set(values), set(values) - set(fields)
            raise InvalidGraph(f"{owner}: params of {kernel} lack {sorted(missing)}, have unknown {sorted(unknown)}")
        stem = name.removeprefix(f"{self.prefix}_")
        body = "\n".join(self._lines(fields.values(), values, stem, owner))
        known = self._names.setdefault((kernel, body.encode()), name)
        if known == name:
            self.declared.append(f"lapel_{kernel}_params, {name}")
            self._define_params(f"static const LAPEL_ROM lapel_{kernel}_params {name}", body)
        return known

    def placed(self, rom: str) -> str:
        """Constants in a section that is named on the command line: declarations, whose attributes definitions keep."""
        if rom == "separate":
            why = "constants of an AVR are in its flash as they are, which kernels read as program memory"
            return f'#ifdef LAPEL_ROM_SECTION\n#error "{why}"\n#endif\n'
        lines = "".join(f"LAPEL_PLACED({declared});\n" for declared in self.declared)
        return (
            "/* With -D'LAPEL_ROM_SECTION=\".name\"' the model's constants are in that section: GCC, Clang, in C. */\n"
            "#ifdef LAPEL_ROM_SECTION\n"
            "#define LAPEL_PLACED(type, name) static const LAPEL_ROM type name "
            "__attribute__((section(LAPEL_ROM_SECTION)))\n"
            f"{lines}#endif\n"
        )

    def _lines(
        self, fields: Iterable[Field], values: Mapping[str, Param | Address], stem: str, owner: str, depth: int = 0
    ) -> Iterator[str]:
        """In the header's order: C++11 has no designated initializers. Compilers warn of a field without a value."""
        indent = "    " * (depth + 1)
        for struct, members in groupby(fields, lambda f: f.within[depth : depth + 1]):
            if struct:
                yield f"{indent}{{ /* {struct[0]} */"
                yield from self._lines(members, values, stem, owner, depth + 1)
                yield f"{indent}}},"
            else:
                yield from (f"{indent}{self._value(f, values[f.name], stem, owner)}, /* {f.name} */" for f in members)

    def _define_params(self, head: str, body: str) -> None:
        self.texts.append(f"{head} = {{\n{body}\n}};\n")

    def _value(self, field: Field, value: Param | Address, stem: str, owner: str) -> str:
        if field.pointer:
            if isinstance(value, Address):
                return f"({'const ' if field.const else ''}{field.ctype} *)(void *)({value.text})"
            if not isinstance(value, np.ndarray) or not field.rom:
                expected = "a table or a place in the arena" if field.rom else "a place in the arena"
                raise InvalidGraph(f"{owner}: {field.name} is {type(value).__name__}, expected {expected}")
            return self._table(field, value, stem, owner)
        if isinstance(value, (Address, Place)):
            raise InvalidGraph(f"{owner}: {field.name} is a place in the arena, and no pointer in the kernel's params")
        if field.length is not None:
            if not isinstance(value, tuple) or len(value) != field.length:
                raise InvalidGraph(f"{owner}: {field.name} is {value!r}, expected {field.length} numbers")
            return "{" + ", ".join(self._scalar(field, v, owner) for v in value) + "}"
        if isinstance(value, (tuple, np.ndarray)):
            raise InvalidGraph(f"{owner}: {field.name} is {value!r}, expected one number")
        return self._scalar(field, value, owner)

    def _table(self, field: Field, value: np.ndarray, stem: str, owner: str) -> str:
        ctype = field.ctype
        if ctype == "lapel_index":
            lo, hi = self.ranges[ctype]
            if value.size and (value.min() < lo or value.max() > hi):
                raise InvalidGraph(f"{owner}: {field.name} does not fit {self.index_bits} bits")
            value = value.astype(f"int{self.index_bits}")
        elif CTYPES.get(str(value.dtype)) != ctype and ctype != "void":
            raise InvalidGraph(f"{owner}: {field.name} is {value.dtype}, the kernel wants {ctype}")
        return self.array(value, ctype, f"{stem}_{field.name}", owner)

    def _scalar(self, field: Field, value: int | float, owner: str) -> str:
        if field.ctype == "float":
            return float_literal(float(value))
        lo, hi = self.ranges[field.ctype]
        if not isinstance(value, (int, np.integer)) or not lo <= int(value) <= hi:
            raise InvalidGraph(f"{owner}: {field.name} = {value!r} does not fit {field.ctype} ({lo}..{hi})")
        return "INT32_MIN" if int(value) == -(2**31) else str(int(value))


def array_text(data: np.ndarray, head: str) -> str:
    """`<head>[…] = {…};` with the elements as literals."""
    return f"{head}[{data.size}] = {{\n{numbers(data)}}};\n"


def float_literal(value: float) -> str:
    """A float literal that reads back to the same float32: nine digits tell all apart, and C++11 has no hexadecimal.

    Infinities and NaN are what GCC and Clang have built in: <math.h> is no part of a freestanding C.
    """
    if not math.isfinite(value):
        sign = "-" if value < 0 else ""
        return '__builtin_nanf("")' if math.isnan(value) else f"{sign}__builtin_inff()"
    text = f"{float(np.float32(value)):.9g}"
    return f"{text}f" if "." in text or "e" in text else f"{text}.0f"


def numbers(data: np.ndarray) -> str:
    """The elements as C literals, wrapped; -2^31 cannot be written as a literal of type int."""
    if data.dtype == np.float32:
        words = [float_literal(v) for v in data.reshape(-1).tolist()]
    else:
        flat = data.reshape(-1)
        words = list(map(str, flat.astype(np.int64).tolist()))
        if data.dtype.itemsize == 4:
            words = ["INT32_MIN" if w == "-2147483648" else w for w in words]
    per_line = max(1, LINE // (max(map(len, words), default=1) + 2))
    rows = (", ".join(words[i : i + per_line]) for i in range(0, len(words), per_line))
    return "".join(f"    {row},\n" for row in rows)
