"""Tables: which lines of a CSV file are names, what cells are, DataFrames of both libraries, and what is refused."""

from __future__ import annotations

import codecs
from pathlib import Path

import numpy as np
import pandas
import polars
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lapel import frames
from lapel.errors import InputError
from lapel.frames import Frame, from_dataframe, read_csv

Cells = list[list[float] | list[str]]


@pytest.mark.parametrize(
    ("text", "names", "columns"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b"), [[1, 3], [2, 4]]),
        ("1,2\n3,4", (), [[1, 3], [2, 4]]),
        ("a;b\n1;2\n", ("a", "b"), [[1], [2]]),
        ("a\tb\r\n1\t2\r\n\r\n", ("a", "b"), [[1], [2]]),
        ('"x, y",b\n"1",2e1\n', ("x, y", "b"), [[1], [20]]),
        ("\ufeffa,k\n1,x\n", ("a", "k"), [[1], ["x"]]),
        ("k\nx\ny\nx\n", ("k",), [["x", "y", "x"]]),
        ("x\ny\nx\n", (), [["x", "y", "x"]]),
        ("1,x\n2,y\n3,x\n", (), [[1, 2, 3], ["x", "y", "x"]]),
        ("0,1,2\n7,8,9\n", (), [[7], [8], [9]]),
        ("0,1\n1,5\n", (), [[0, 1], [1, 5]]),
        ("0,1\n1.5,5\n", (), [[1.5], [5]]),
        (",a,b\n0,5,x\n1,6,y\n", ("a", "b"), [[5, 6], ["x", "y"]]),
        ("Unnamed: 0,a\n1,5\n2,6\n", ("a",), [[5, 6]]),
        (",a\n3,5\n9,6\n", ("", "a"), [[3, 9], [5, 6]]),
    ],
)
def test_reads_a_table(tmp_path: Path, text: str, names: tuple[str, ...], columns: Cells) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text, encoding="utf-8", newline="")
    found = read_csv(path)
    assert (found.names, [c.tolist() for c in found.columns]) == (names, columns)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty, expected a table"),
        (b"\n \n", "is empty, expected a table"),
        (b"a,b\n", r"has names \(a, b\) and no rows"),
        (b"a,b\n\n1,2\n\n3\n", "line 5, cells: found 1, expected 2 as in the first line: quote cells"),
        (b"a,b\n1,2\n3\n", "line 3, cells: found 1, expected 2 as in the first line: quote cells"),
        (codecs.BOM_UTF16_LE + "a,b".encode("utf-16-le"), "is not UTF-8 text"),
        (b"a\n" + b'"' + b"x" * 200_000, "is not a table"),
    ],
)
def test_refuses_what_is_no_table(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(InputError, match=said) as e:
        read_csv(tmp_path / "x.csv")
    assert "\n" not in e.value.message


def test_refuses_large_and_missing_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    monkeypatch.setattr(frames, "MAX_BYTES", 5)
    with pytest.raises(InputError, match="has 8 bytes, expected at most 5: use an"):
        read_csv(path)
    monkeypatch.undo()
    path.write_text("a,b\n1,x\n")
    monkeypatch.setattr(frames, "MAX_TEXT_BYTES", 5)
    with pytest.raises(InputError, match="has words in 8 bytes, expected at most 5: split it"):
        read_csv(path)
    with pytest.raises(InputError, match="cannot be read: No such file"):
        read_csv(tmp_path / "none.csv")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        read_csv(tmp_path)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.binary(max_size=60), st.text('0123456789.,;"\n\t -ae', max_size=60).map(str.encode)))
def test_any_bytes_are_a_table_or_one_line(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "x.csv"
    path.write_bytes(content)
    try:
        found = read_csv(path)
    except InputError as e:
        assert "\n" not in e.message.replace(str(path), "")
    else:
        assert len({len(c) for c in found.columns}) == 1 and len(found.names) in (0, len(found.columns))


def test_dataframes_of_both_libraries() -> None:
    content = {"a": [1.5, 2.0], "n": [1, 2], "k": ["u", "v"], "b": [True, False]}
    for made in (pandas.DataFrame(content), polars.DataFrame(content)):
        found = from_dataframe(made)
        assert found is not None and found.names == ("a", "n", "k", "b")
        assert [c.tolist() for c in found.columns] == [[1.5, 2], [1, 2], ["u", "v"], [1, 0]]
        assert found.numbers(("n", "a")).tolist() == [[1, 1.5], [2, 2]]


def test_dataframes_without_names_and_with_gaps() -> None:
    plain = from_dataframe(pandas.DataFrame(np.eye(2)))
    assert plain is not None and plain.names == ()
    for gaps in (pandas.DataFrame({"a": pandas.array([1, None], dtype="Int64")}), polars.DataFrame({"a": [1, None]})):
        found = from_dataframe(gaps)
        assert found is not None
        with pytest.raises(InputError, match="the DataFrame, row 2 has no number in column 'a': fill it in"):
            found.numbers()
    for other in (np.eye(2), [[1]], {"a": 1}, pandas.Series([1])):
        assert from_dataframe(other) is None


def test_columns_by_name_and_number() -> None:
    frame = Frame("t.csv", ("a", "b", "b"), (np.zeros(1), np.ones(1), np.array(["w"])))
    assert frame.column("a")[0] == 0 and frame.column("2")[0] == "w"
    assert frame.without("2").names == ("a", "b")
    with pytest.raises(InputError, match="2 columns are called 'b', expected one"):
        frame.column("b")
    with pytest.raises(InputError, match=r"has no column 'c', expected one of a, b, b"):
        frame.column("c")
    with pytest.raises(InputError, match=r"has no column '7', expected 0..1"):
        Frame("t.csv", (), (np.zeros(1), np.ones(1))).column("7")
    with pytest.raises(InputError, match=r"column 'b' holds words \('w' in row 1\), expected numbers with a dec"):
        frame.numbers()
    with pytest.raises(InputError, match="expected the model's features, also c, d"):
        frame.numbers(("a", "c", "d"))
