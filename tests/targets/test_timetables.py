"""The timing tables: their grammar, and that every file is whole and used."""

from __future__ import annotations

from pathlib import Path

import pytest

from lapel.errors import TargetError
from lapel.targets import files, list_targets, load_target
from lapel.targets.timetable import Range, list_timetables, load_timetable, parse

P = Range(1, 2, 3)


@pytest.mark.parametrize(
    ("text", "registers", "want"),
    [
        ("2", 1, (2, 2, 2)),
        ("1 + N", 4, (5, 5, 5)),
        ("1 + N + P", 2, (4, 5, 6)),
        ("H", 5, (3, 3, 3)),
        ("2..12", 1, (2, 7, 12)),
        ("0..1@0.1", 1, (0, 0.1, 1)),
        ("1..3@1 + P", 1, (2, 3, 6)),
    ],
)
def test_formulas(text: str, registers: int, want: tuple[float, float, float]) -> None:
    assert parse(text).cycles(registers, P) == Range(*want)


@pytest.mark.parametrize("text", ["", "N * 2", "1 + Q", "1..", "-1", "1@2", "1.", ".5"])
def test_what_is_no_formula(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse(text)


@pytest.mark.parametrize("name", list_timetables())
def test_every_table_is_whole(name: str) -> None:
    table = load_timetable(name)
    assert 0 < table.margin < 0.2 and table.pipeline in ("single", "paired", "beats")
    assert {"direct", "misaligned", "register", "memory"} == set(table.refill)
    for row in table.rows:
        assert row.source and row.mnemonics, row.name
        for value in (row.cycles.constant, row.taken.constant, row.latency, row.early, row.late, row.to_factor):
            assert value.low <= value.nominal <= value.high, row.name
        assert row.skewed in ("", "first", "any"), row.name
    assert any(load_target(t).timing == name for t in list_targets()), "no target uses it"


def test_cores_with_a_model() -> None:
    have = {name for name in list_targets() if load_target(name).kind == "core" and load_target(name).timing}
    assert have == {"cortex-m0", "cortex-m0plus", "cortex-m3", "cortex-m4", "cortex-m7", "cortex-m33", "cortex-m55"}
    assert load_target("cortex-m0").timing == "cortex-m0"
    assert load_target("raspberry-pi-pico").timing == load_target("cortex-m0plus").timing == "cortex-m0plus"
    assert load_target("nucleo-l4r5zi").timing == "cortex-m4"


ROW = '[[row]]\nname = "%s"\nmnemonics = "%s"\nunit = "alu"\ncycles = "%s"\n'
HEAD = 'title = "t"\npipeline = "single"\nsource = "s"\nmargin = 0.1\n[refill]\n[rules]\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (HEAD + ROW % ("a", "add *", "1") + ROW % ("b", "add", "1"), "bad.toml: add is in the rows 'a' and 'b'"),
        (HEAD + ROW % ("a", "add", "1"), "no row for"),
        (HEAD + ROW % ("a", "*", "one"), "'one' is not a number"),
        ('title = "t"\n' + ROW % ("a", "*", "1"), "source"),
    ],
)
def test_a_file_with_a_defect(text: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "bad.toml").write_text(text)
    monkeypatch.setitem(files.FOLDERS, "timing", tmp_path)  # type: ignore[index]
    with pytest.raises(TargetError, match=message):
        load_timetable("bad")
