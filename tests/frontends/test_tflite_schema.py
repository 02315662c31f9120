"""schema.toml against the published schema, as the accessors generated from it have it."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as published
from modelfile import Model, Operand, Step, dense_file, edit, make_model

from lapel.frontends.tflite import read_tflite
from lapel.frontends.tflite.importer import forms
from lapel.frontends.tflite.schema import (
    COMPRESSION_TABLES,
    FORMATS,
    OPERATOR_CODES,
    OPTIONS_CODES,
    TABLES,
    TYPE_NAMES,
)
from lapel.ops import evaluate
from oracle import run_tflite_micro

ENUMS = {
    "BuiltinOperator": OPERATOR_CODES,
    "BuiltinOptions": OPTIONS_CODES,
    "TensorType": {name.upper(): code for code, name in TYPE_NAMES.items()},
}


@pytest.mark.parametrize("enum", ENUMS)
def test_every_code_is_the_published_one(enum: str) -> None:
    """Ours may be fewer: the schema grows."""
    theirs = getattr(published, enum)
    assert {name: getattr(theirs, name, None) for name in ENUMS[enum]} == ENUMS[enum]


class Recorder:
    """Stands for a builder; keeps what an accessor asks it to prepend."""

    kind, slot, default = "", -1, 0

    def __getattr__(self, name: str) -> Any:
        found = re.fullmatch(r"Prepend(\w+)Slot", name)
        assert found, name

        def prepend(slot: int, _: Any, default: Any) -> None:
            self.kind, self.slot, self.default = found[1].lower(), slot, default

        return prepend


class OneField:
    """Stands for a table in which every field is set; keeps the kind of the vector that is asked for."""

    Bytes, Pos, kind = bytes(8), 0, ""

    def Offset(self, _: int) -> int:
        return 4

    def GetVectorAsNumpy(self, flags: type, _: int) -> None:
        self.kind = flags.__name__.removesuffix("Flags").lower()


def published_fields(table: str) -> dict[str, Recorder]:
    """Of each field of a published table what its writer prepends."""
    found = {}
    for name, add in vars(published).items():
        field = re.fullmatch(rf"{table}Add([A-Z]\w*)", name)
        if field and callable(add):
            add(recorder := Recorder(), 0)
            found[field[1]] = recorder
    return found


def vector_kind(table: str, field: str) -> str:
    """Kind of the elements of a vector of numbers, empty where the field is none."""
    accessor = getattr(published, table)()
    accessor._tab = (one := OneField())
    read = getattr(accessor, f"{field}AsNumpy", None)
    if read is not None:
        read()
    return one.kind


@pytest.mark.parametrize("table", [t for t in TABLES if t not in COMPRESSION_TABLES])
def test_every_field_is_the_published_one(table: str) -> None:
    theirs, ours = published_fields(table), TABLES[table]
    assert set(theirs) >= set(ours), "a field that the schema does not have"
    assert set(theirs) <= set(ours), "a field that schema.toml lacks: it may be the new form of an old one"
    for name, f in ours.items():
        assert f.slot == theirs[name].slot, name
        kind = theirs[name].kind
        assert (f.kind if f.is_number else "uoffsettrelative") == kind, name
        assert (f.kind if f.is_vector else "") == (f"{k}[]" if (k := vector_kind(table, name)) else ""), name
        if f.is_number:
            assert f.default == theirs[name].default, name


def test_every_options_table_is_there() -> None:
    assert set(OPTIONS_CODES) - {"NONE"} <= set(TABLES)
    assert {f.options for found in forms().values() for f in found} - {None} <= set(OPTIONS_CODES)
    assert {f.kind.removesuffix("[]") for t in TABLES.values() for f in t.values()} <= {
        *FORMATS, "string", "table", "union",
    }  # fmt: skip


def test_the_code_is_the_larger_of_the_old_and_the_new_field() -> None:
    """As in `GetBuiltinCode` of the TensorFlow Lite runtime; old files leave the new field, some new ones the old."""
    dense = OPERATOR_CODES["FULLY_CONNECTED"]
    for old, new in ((dense, 0), (0, dense), (dense, dense), (dense, -3)):

        def change(m: Model, old: int = old, new: int = new) -> None:
            m.operatorCodes[0].deprecatedBuiltinCode, m.operatorCodes[0].builtinCode = old, new

        assert [n.op for n in read_tflite(edit(dense_file(), change)).nodes] == ["dense", "dense"]


@pytest.mark.parametrize("code", ["MAXIMUM", "MINIMUM", "MUL", "SUB", "ADD"])
def test_a_code_in_the_new_field_alone(code: str) -> None:
    """ADD is code 0, so that it is what an unset field reads as."""
    options = {"MUL": "MulOptions", "SUB": "SubOptions", "ADD": "AddOptions"}.get(code)
    operands = [Operand(n, (1, 16)) for n in ("a", "b", "y")]
    data = make_model(operands, [Step(code, ["a", "b"], ["y"], options, {})], ["a", "b"], ["y"])
    data = edit(data, lambda m: setattr(m.operatorCodes[0], "deprecatedBuiltinCode", 0))
    graph = read_tflite(data)
    assert [n.op for n in graph.nodes] == [code.lower()]
    rng = np.random.default_rng(3)
    a, b = (rng.integers(-128, 128, (1, 16), np.int8) for _ in range(2))
    assert (evaluate(graph, {"a": a, "b": b})["y"] == run_tflite_micro(data, [a, b])[0]).all()
