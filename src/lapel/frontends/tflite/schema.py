"""Names and codes of the .tflite schema (version 3), derived from the generated `tflite` package."""

from __future__ import annotations

from collections.abc import Mapping

import tflite

from lapel.ir import DTYPES

VERSION = 3
IDENTIFIER = b"TFL3"


def _members(enum: type) -> dict[str, int]:
    return {k: v for k, v in vars(enum).items() if isinstance(v, int) and not k.startswith("_")}


OPERATOR_CODES: Mapping[str, int] = _members(tflite.BuiltinOperator)
"""BuiltinOperator code by name (`CONV_2D`)."""

OPERATOR_NAMES: Mapping[int, str] = {code: name for name, code in OPERATOR_CODES.items()}

OPTIONS_CODES: Mapping[str, int] = _members(tflite.BuiltinOptions)
"""BuiltinOptions union code by table name (`Conv2DOptions`)."""

OPTIONS_NAMES: Mapping[int, str] = {code: name for name, code in OPTIONS_CODES.items()}

TYPE_NAMES: Mapping[int, str] = {code: name.lower() for name, code in _members(tflite.TensorType).items()}
"""Lower-case TensorType name by code; those that Lapel has are keys of `DTYPES`."""

TYPE_CODES: Mapping[str, int] = {name: code for code, name in TYPE_NAMES.items() if name in DTYPES}

DEPRECATED_CODE_LIMIT = OPERATOR_CODES["PLACEHOLDER_FOR_GREATER_OP_CODES"]
"""Codes from here on do not fit the schema's first, 8-bit code field, which then holds this value."""
