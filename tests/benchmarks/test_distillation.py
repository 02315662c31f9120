"""The experiment of distillation on a small data set: what it makes is kept, gone on from, and has a page."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bars import make_bars
from lapel.data import Splits, split

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "scripts")]
from distillation import MNIST, experiment  # noqa: E402
from kept import Kept  # noqa: E402
from pages import table  # noqa: E402
from training_page import training_page  # noqa: E402

TRAINING: dict[str, Any] = {"epochs": 4, "batch": 32}
SMALL = replace(
    MNIST,
    teacher={"network": {"hidden": [16]}, "training": {**TRAINING, "learning_rate": 0.01, "seed": 9}},
    hidden=(6,),
    training=TRAINING,
    trials={kind: [{**row, "learning_rate": 0.02} for row in rows[:2]] for kind, rows in MNIST.trials.items()},
    seeds=(0, 1),
    omitted=0,
)


@pytest.fixture(scope="module")
def parts() -> Splits:
    return split(make_bars())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def found(parts: Splits, folder: Path) -> dict[str, Any]:
    return experiment(SMALL, parts, partial(Kept, only=False, root=folder))


def test_all_students_of_all_seeds(found: dict[str, Any], parts: Splits) -> None:
    kinds = ("labels", "taught", "unlabelled")
    assert [row["seed"] for row in found["students"]] == [0, 1]
    for row in found["students"]:
        assert all(0 < row[f"{kind}{more}"]["test"] <= 1 for kind in kinds for more in ("", " int8"))
        assert len({row[kind]["learned"] for kind in kinds}) == 1
    assert found["digits"] == (parts.test.y == 0).sum()  # type: ignore[union-attr]
    for row in found["without the digit"]:
        for counts in (row["known"]["as it is"], row["known"]["raised"]):
            assert 0 <= counts["of the digit"] <= min(counts["errors"], found["digits"])
    for kind, rows in found["trials"].items():
        best = max(row["found"]["val"] for row in rows)
        assert next(r["found"]["val"] for r in rows if found["chosen"][kind].items() <= r.items()) == best


def test_what_is_kept_is_not_made_again(found: dict[str, Any], parts: Splits, folder: Path) -> None:
    again = experiment(SMALL, parts, partial(Kept, only=True, root=folder))
    assert json.dumps(again) == json.dumps(found)
    more = experiment(replace(SMALL, seeds=(0, 2)), parts, partial(Kept, only=True, root=folder))
    assert more["students"][0] == found["students"][0] and more["students"][1]["taught"] is None


def test_nothing_is_made_if_nothing_is_there(parts: Splits, tmp_path: Path) -> None:
    none = experiment(SMALL, parts, partial(Kept, only=True, root=tmp_path))
    assert none["students"] is None and none["teacher"]["found"] is None and not list(tmp_path.iterdir())


def test_the_page_says_whether_a_difference_is_chance(found: dict[str, Any], tmp_path: Path) -> None:
    rows = [
        {
            "seed": seed,
            **{kind: {"test": 0.9 + by + seed / 1000, "learned": 1} for kind, by in gains.items()},
        }
        for seed, gains in enumerate(
            {"labels": 0, "labels int8": 0, "taught": 0.01 + e, "taught int8": e, "unlabelled": -0.01 + e}
            for e in (0.001, -0.001, 0.002)
        )
    ]
    for row in rows:
        row["unlabelled int8"] = row["labels"]
    path = tmp_path / "training.json"
    path.write_text(json.dumps({"distillation": {**found, "students": rows}}))
    page = training_page(path, table, "")
    assert "- taught: fewer errors, p < 0.05: met\n" in page
    for kind in ("taught, int8", "taught without labels", "taught without labels, int8"):
        assert f"- {kind}: fewer errors, p < 0.05: not met" in page
