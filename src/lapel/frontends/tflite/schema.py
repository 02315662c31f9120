"""Names, codes and field numbers of the .tflite schema (version 3), read from schema.toml, and of compression.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lapel.ir import DTYPES

VERSION = 3
IDENTIFIER = b"TFL3"


def _read(name: str) -> Mapping[str, Any]:
    return tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))


_SCHEMA, _COMPRESSION = _read("schema.toml"), _read("compression.toml")


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a table: its number, its kind (`int32`, `int8[]`, `string`, `table`, …), a number's default."""

    slot: int
    kind: str
    default: int | float = 0

    @property
    def is_vector(self) -> bool:
        """Whether it is a vector of numbers."""
        return self.kind.endswith("[]") and self.kind[:-2] in FORMATS

    @property
    def is_number(self) -> bool:
        """Whether it is a number in the table itself."""
        return self.kind in FORMATS


FORMATS: Mapping[str, str] = {
    "bool": "?",
    "int8": "b",
    "uint8": "B",
    "int16": "h",
    "uint16": "H",
    "int32": "i",
    "uint32": "I",
    "int64": "q",
    "uint64": "Q",
    "float32": "f",
}
"""`struct` format by kind of number; all are little-endian."""

TABLES: Mapping[str, Mapping[str, Field]] = {
    table: {name: Field(*field) for name, field in fields.items()}
    for table, fields in (*_SCHEMA["tables"].items(), *_COMPRESSION["tables"].items())
}
"""Fields by table and name (`Tensor`, `ShapeSignature`)."""

COMPRESSION_TABLES = frozenset(_COMPRESSION["tables"])
"""Those that TensorFlow Lite Micro has and the .tflite schema does not."""


def _members(enum: str) -> dict[str, int]:
    return {name: code for code, name in enumerate(_SCHEMA["enums"][enum])}


OPERATOR_CODES: Mapping[str, int] = _members("BuiltinOperator")
"""BuiltinOperator code by name (`CONV_2D`)."""

OPERATOR_NAMES: Mapping[int, str] = {code: name for name, code in OPERATOR_CODES.items()}

OPTIONS_CODES: Mapping[str, int] = _members("BuiltinOptions")
"""BuiltinOptions union code by table name (`Conv2DOptions`)."""

OPTIONS_NAMES: Mapping[int, str] = {code: name for name, code in OPTIONS_CODES.items()}

SPARSE_INDEXES: Mapping[int, str] = {code: name for name, code in _members("SparseIndexVector").items()}
"""Table name by SparseIndexVector union code."""

TYPE_NAMES: Mapping[int, str] = {code: name.lower() for name, code in _members("TensorType").items()}
"""Lower-case TensorType name by code; those that Lapel has are keys of `DTYPES`."""

RESOURCE = "resource"
"""The type of a resource variable's handle: no numbers."""

INT4 = "int4"
"""Two integers a byte, the lower half first; int8 in a graph."""

TYPE_CODES: Mapping[str, int] = {name: code for code, name in TYPE_NAMES.items() if name in (*DTYPES, RESOURCE, INT4)}

DEPRECATED_CODE_LIMIT = OPERATOR_CODES["PLACEHOLDER_FOR_GREATER_OP_CODES"]
"""Codes from here on do not fit the schema's first, 8-bit code field, which then holds this value."""
