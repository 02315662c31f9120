"""Spoken digits of somebody who was never heard: copies, splits, and the goals that the page says are missed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "benchmarks"), str(ROOT / "scripts")]
import digits  # noqa: E402
from pages import table  # noqa: E402
from training_page import training_page  # noqa: E402


def test_a_copy_is_stretched_along_both_axes(monkeypatch: pytest.MonkeyPatch) -> None:
    x = np.zeros((12, 6), np.uint8)
    x[4, 3], x[8] = 200, 60
    rng = np.random.default_rng(0)
    monkeypatch.setattr(digits, "STRETCH", {"time": (1.0, 1.0), "bands": (1.0, 1.0)})
    assert np.array_equal(digits.stretched(rng, x), x)
    monkeypatch.setattr(digits, "STRETCH", {"time": (2.0, 2.0), "bands": (0.5, 0.5)})
    made = digits.stretched(rng, x)
    assert made[4].tolist() == [60] * 6 and not made[5:].any()  # frame 8, then silence
    assert made[2].tolist() == [0, 0, 0, 0, 0, 100]  # band 3 is where 6 would be, half of it at 5


def test_nothing_of_who_is_held_out_is_learned() -> None:
    made = digits.Made.__new__(digits.Made)
    made.sounds = digits.Sounds.__new__(digits.Sounds)
    made.sounds._front = digits.frontend.make("lfbe", bands=24)
    made.speakers, made.digits = np.array(["jackson", "lucas", "jackson", "nicolas"]), np.array([3, 1, 4, 1])
    mark = np.array([1, 2, 1, 3], np.uint8)
    made.plain = np.broadcast_to(mark[:, None, None], (4, 39, 24))
    made.changed = np.repeat(made.plain, digits.COPIES, axis=0)
    made.said, made.said_digits = np.full((5, 39, 24), 9, np.uint8), np.arange(5)
    splits = made.splits("jackson")
    assert splits.val is None and splits.test is not None
    assert splits.test.x.max() == splits.test.x.min() == 1 and splits.test.y.tolist() == [3, 4]
    learned = list(zip(splits.train.x[:, 0, 0, 0].tolist(), splits.train.y.tolist(), strict=True))
    assert learned == [(2, 1)] * digits.COPIES + [(3, 1)] * digits.COPIES + [(2, 1), (3, 1)] + [
        (9, k) for k in range(5)
    ]


def test_goals_of_unheard_speakers_that_are_missed_are_said(tmp_path: Path) -> None:
    found = json.loads((ROOT / "benchmarks" / "training.json").read_text())["unheard_speakers"]
    for row in found["speakers"]:
        row["float"]["test"] = row["int8 after"]["test"] = row["means"]["test"] + 0.26
    found["speakers"][1]["float"]["test"] = found["speakers"][1]["means"]["test"] + 0.2
    path = tmp_path / "training.json"
    path.write_text(json.dumps({"unheard_speakers": found}))
    page = training_page(path, table, "")
    assert "- float at least 25 points above the regression of means, of each speaker: met 3 of 4 times" in page
    assert "- float at least 25 points above the regression of means, in the mean: not met" in page
