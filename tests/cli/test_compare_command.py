"""`lapel compare` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from blossoms import write_blossoms
from cores import needs
from lapel.cli import main
from lapel.records import Comparison


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_blossoms(tmp_path / "blossoms.csv")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@needs("atmega328p")
def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["compare", "blossoms.csv", "--target", "arduino-uno", "--group", "bed", "--candidates", "tree,cnn"]
    given += ["--folds", "2", "--samples", "20"]
    assert main(given) == 0
    said = capsys.readouterr().out
    assert "105 samples in 2 folds to choose by, 45 held out, 20 of them run on the chip, seed 0" in said
    for line in (
        "a tree is enough: tree",
        "accuracy, folds",
        "held out, chip",
        "nearest neighbours",
        "33.33 % held out",
    ):
        assert line in said
    assert "left out: cnn: it looks at images, and samples are [4]" in said
    assert "build/compare-blossoms/comparison.json build/compare-blossoms/comparison.svg, and" in said
    assert main([*given, "--json"]) == 0
    found = Comparison.from_json(json.loads(capsys.readouterr().out))
    assert found.label is None and found.chip_samples == 20
    assert f"the same model as {found.ran[-1].name}" in said or all(c.same_as is None for c in found.contenders)


def test_the_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "--list"]) == 0
    said = capsys.readouterr().out
    assert "random forest" in said and "lapel[train]" in said


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ((), 2, "no data was given: name a .csv"),
        (("blossoms.csv",), 2, "no target was given: add --target"),
        (("none.csv", "-t", "arduino-uno"), 3, "none.csv does not exist"),
        (("blossoms.csv", "-t", "arduino-uno", "--label", "sort"), 3, "has no column 'sort'"),
        (("blossoms.csv", "-t", "arduino-uno", "--candidates", "oak"), 2, "candidate 'oak' is unknown"),
    ],
)
def test_mistakes(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], code: int, message: str
) -> None:
    assert main(["compare", *arguments]) == code
    assert message in capsys.readouterr().err
