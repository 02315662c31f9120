"""Records as plain data and back: every kind of field, every real record, and what is refused in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import pytest

from lapel.errors import FormatError
from lapel.records import SCHEMA, Record, Score
from lapel.records.plain import Absent, Beside, Flat, Named, from_plain, to_plain


class Colour(Enum):
    RED = "red"
    BLUE = 2


@dataclass(frozen=True)
class Inner:
    ALSO: ClassVar = ("double",)

    value: int
    other: Annotated[float | None, Named("another")] = None

    @property
    def double(self) -> int:
        return 2 * self.value


@dataclass(frozen=True)
class Spread:
    own: str
    apart: Annotated[float | None, Beside("its_")]
    record: Annotated[Inner, Beside("its_")]


@dataclass(frozen=True)
class Everything(Record):
    number: float
    around: Spread
    inner: Inner
    spread: Annotated[Inner, Flat("of_")]
    missing: Annotated[Inner | None, Flat("no_")]
    pair: tuple[int, str]
    labels: tuple[str | int | float | bool, ...]
    table: Mapping[str, Inner | None]
    choice: Literal["a", 1]
    colour: Colour
    hidden: Annotated[tuple[int, ...], Absent(tuple)] = ()
    later: int = 7


EVERYTHING = Everything(
    0.1,
    Spread("s", 0.25, Inner(8)),
    Inner(1),
    Inner(2, 0.5),
    None,
    (3, "x"),
    ("a", 1, 0.5, True),
    {"k": Inner(4), "n": None},
    "a",
    Colour.BLUE,
    (9,),
)


def through_text(record: Record) -> dict[str, Any]:
    """What a strict reader of JSON gets."""

    def refuse(name: str) -> None:
        pytest.fail(f"{name} is no JSON")

    text = json.dumps(record.to_json())
    found: dict[str, Any] = json.loads(text, parse_constant=refuse)
    return found


def test_every_kind_of_field() -> None:
    plain = through_text(EVERYTHING)
    assert plain == {
        "record": "everything", "schema": SCHEMA, "number": 0.1,
        "around": {"own": "s"}, "its_apart": 0.25, "its_value": 8, "its_another": None, "its_double": 16,
        "inner": {"value": 1, "another": None, "double": 2},
        "of_value": 2, "of_another": 0.5, "of_double": 4,
        "no_value": None, "no_another": None, "no_double": None,
        "pair": [3, "x"], "labels": ["a", 1, 0.5, True],
        "table": {"k": {"value": 4, "another": None, "double": 8}, "n": None},
        "choice": "a", "colour": 2, "later": 7,
    }  # fmt: skip
    read = Everything.from_json(plain)
    assert read == replace(EVERYTHING, hidden=())
    assert [type(label) for label in read.labels] == [str, int, float, bool]


@pytest.mark.parametrize(
    ("value", "said"), [(math.nan, "NaN"), (math.inf, "Infinity"), (-math.inf, "-Infinity"), (2.0, 2.0)]
)
def test_numbers_that_json_does_not_have(value: float, said: object) -> None:
    plain = through_text(replace(EVERYTHING, number=value))
    assert plain["number"] == said
    assert np.float64(Everything.from_json(plain).number).tobytes() == np.float64(value).tobytes()


def test_a_field_with_a_default_may_be_missing() -> None:
    plain = {k: v for k, v in through_text(EVERYTHING).items() if k != "later"}
    assert Everything.from_json(plain).later == 7


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"schema": SCHEMA + 1},
            f"everything.schema: found {SCHEMA + 1}, this Lapel reads up to {SCHEMA}: a newer one",
        ),
        ({"schema": "1"}, 'everything.schema: found "1", expected a number from 1 on'),
        ({"schema": True}, "everything.schema: found true, expected a number"),
        ({"schema": None}, "everything.schema: found null, expected a number"),
        ({"record": "run"}, "found the record \"run\", expected 'everything'"),
        ({"unknown": 1, "odd": 2}, f"everything: unknown unknown, odd, expected only what schema {SCHEMA} has"),
        ({"inner": {"value": 1, "x": 2}}, "everything.inner: unknown x, expected only"),
        ({"inner": {}}, "everything.inner: has no 'value', which schema"),
        ({"inner": 5}, "everything.inner: found 5, expected an object"),
        ({"inner": {"value": 1, "double": 3}}, "everything.inner.double: found 3, the rest gives 2"),
        ({"of_value": 1.5}, "everything.of_value: found 1.5, expected an integer"),
        ({"of_value": True}, "everything.of_value: found true, expected an integer"),
        ({"of_value": None}, "everything.of_value: found null, expected an integer"),
        ({"of_another": "x"}, 'everything.of_another: found "x", expected a number or null'),
        ({"pair": [1]}, r"everything.pair: found \[1\], expected an array of 2"),
        ({"pair": [1, 2]}, r"everything.pair\[1\]: found 2, expected a string"),
        ({"labels": "abc"}, 'everything.labels: found "abc", expected an array'),
        (
            {"labels": [None]},
            r"everything.labels\[0\]: found null, expected a string or an integer or a number or true",
        ),
        ({"table": {"k": 3}}, "everything.table.k: found 3, expected an object or null"),
        ({"table": []}, r"everything.table: found \[\], expected an object"),
        ({"its_apart": "x"}, 'everything.around.apart: found "x", expected a number or null'),
        ({"its_value": None}, "everything.around.record.value: found null, expected an integer"),
        ({"around": {"own": 3}}, "everything.around.own: found 3, expected a string"),
        ({"around": {"own": "s", "odd": 3}}, "everything.around: unknown odd"),
        ({"choice": True}, "everything.choice: found true, expected one of 'a', 1"),
        ({"colour": "green"}, "everything.colour: found \"green\", expected one of 'red', 2"),
    ],
)
def test_what_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(FormatError, match=message):
        Everything.from_json({**through_text(EVERYTHING), **change})


def test_what_is_no_document() -> None:
    with pytest.raises(FormatError, match=r"everything: found \[1\], expected a JSON object"):
        Everything.from_json([1])
    for key in ("record", "schema"):
        with pytest.raises(FormatError, match=r"has no 'record' and 'schema': no record, or of before 0.3.0"):
            Everything.from_json({k: v for k, v in through_text(EVERYTHING).items() if k != key})


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with pytest.raises(FormatError, match=f"{path}: cannot be read as JSON: No such file"):
        Everything.read(path)
    for text in ("{", "\xff", "[" * 100_000):
        path.write_text(text, encoding="latin-1")
        with pytest.raises(FormatError, match=f"{path}: cannot be read as JSON: "):
            Everything.read(path)
    path.write_text("{}")
    with pytest.raises(FormatError, match=f"{path}: everything: has no 'record'"):
        Everything.read(path)


@dataclass(frozen=True)
class Perhaps(Record):
    around: Spread | None


def test_what_stands_beside_a_record_that_is_not_there() -> None:
    plain = through_text(Perhaps(None))
    assert plain == {
        "record": "perhaps", "schema": SCHEMA, "around": None,
        "its_apart": None, "its_value": None, "its_another": None, "its_double": None,
    }  # fmt: skip
    assert Perhaps.from_json(plain) == Perhaps(None)
    given = Perhaps(Spread("s", None, Inner(3)))
    assert Perhaps.from_json(through_text(given)) == given


@dataclass(frozen=True)
class Several(Record):
    around: tuple[Spread, ...]


@dataclass(frozen=True)
class Twice(Record):
    value: int
    inner: Annotated[Inner | None, Flat()]
    score: Annotated[Score | None, Flat("of_")] = None


def test_what_no_record_may_hold() -> None:
    for value in (np.zeros(2), {1: 2}, [1], {1}, object()):
        with pytest.raises(TypeError, match=r"a record holds a|mapping are"):
            to_plain(value)
    with pytest.raises(TypeError, match="Twice has two values of value: 1 and 2"):
        Twice(1, Inner(2)).to_json()
    with pytest.raises(TypeError, match="score is a record of nothing, expected None"):
        Twice(1, Inner(1), Score()).to_json()
    with pytest.raises(AssertionError, match="Spread has fields that stand beside it"):
        from_plain(Several, {"around": []}, "several")
    both = Twice(1, Inner(1))
    assert Twice.from_json(through_text(both)) == both
