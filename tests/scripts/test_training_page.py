"""The page of trainings says which goals are missed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from pages import table  # noqa: E402
from training_page import training_page  # noqa: E402

RESULTS = ROOT / "benchmarks" / "training.json"


def test_goals_that_are_missed_are_said(tmp_path: Path) -> None:
    found = json.loads(RESULTS.read_text())
    rows, speakers = found["mnist"]["seeds"], found["spoken_digits"]["speakers"]
    rows[0]["float"]["test"] = 0.9919
    rows[1]["int4 aware"]["test"] = rows[1]["float"]["test"] - 0.0021
    rows[2]["float"]["cpu_s"] = 361
    speakers[3]["float"]["test"] = speakers[3]["linear"]["test"] + 0.119
    found["overhead"]["networks"]["lenet5"]["float"]["times"] = 1.21
    path = tmp_path / "training.json"
    path.write_text(json.dumps(found))
    page = training_page(path, table, "")
    assert "- float at least 99.2 %: met 2 of 3 times" in page
    assert "- in at most 360 CPU seconds: met 2 of 3 times" in page
    assert "- int4 aware at most 0.2 points below: met 2 of 3 times" in page
    assert "- float at least 12 points above the logistic regression: met 3 of 4 times" in page
    assert "- float at most 1.2: met 1 of 2 times" in page


def test_a_part_alone_has_a_page(tmp_path: Path) -> None:
    path = tmp_path / "training.json"
    path.write_text(json.dumps({"overhead": json.loads(RESULTS.read_text())["overhead"]}))
    page = training_page(path, table, "")
    assert "## A step beside plain PyTorch" in page and "LeNet-5" not in page
