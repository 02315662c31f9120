"""The page of wake words says which goals are missed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from pages import table  # noqa: E402
from wakewords_page import teachers, wakewords_page  # noqa: E402

RESULTS = ROOT / "benchmarks" / "wakewords.json"


def test_goals_that_are_missed_are_said(tmp_path: Path) -> None:
    found = json.loads(RESULTS.read_text())
    entry = next(iter(found["recorded"].values()))
    found["recorded"] = {"one": entry}
    (figures,) = entry["record"]["test"]
    figures["missed"]["value"], figures["missed_noisy"]["value"], figures["false_accepts"]["value"] = 0.041, 0.12, 0.51
    figures["all_accepts"]["value"] = 0.5
    slow = {"front end": [1, 200_000], "network": [1, 80_000], "detector": [1, 100]}
    found["device"] = {w: {**d, "stages": slow, "bit_exact": False} for w, d in found["device"].items()}
    path = tmp_path / "wakewords.json"
    path.write_text(json.dumps(found))
    page = wakewords_page(path, table, "")
    assert "- at most 4 % missed: met 0 of 1 times" in page
    assert "- at most 12 % missed in noise: met 1 of 1 times" in page
    assert "- at most 0.5 false accepts an hour, sound-alikes apart: met 0 of 1 times" in page
    assert "- at most 0.5 false accepts an hour, sound-alikes among them: met 1 of 1 times" in page
    assert f"- at most 8 % duty at 80 MHz: met 0 of {len(found['device'])} times" in page and "| no |" in page
    assert "280,100 cycles of 3,200,000" in page and "| 8.75 % |" in page


def test_a_teacher_is_compared_at_one_rate() -> None:
    """At the least threshold with at most half a false accept an hour, whatever thresholds were chosen."""
    rate = {"events": 1, "trials": 20, "value": 0.05, "low": 0.0, "high": 0.2}
    run = {"seed": 0, "cpu_s": 3}
    figures = {"missed": rate, "missed_noisy": rate, "false_accepts": {"value": 0.0}}
    curves = {
        "without": [[200, 0.5, 0.7, 0.0], [100, 0.1, 0.3, 0.5], [50, 0.0, 0.0, 0.6]],
        "with": [[90, 0.0, 0.1, 0.2]],
    }
    kinds = {k: [{**run, "validation": [{**figures, "curve": curve}]}] for k, curve in curves.items()}
    entry = {"options": {"network": {"channels": 8}}, "teacher": {"channels": 32}, **kinds}
    said = teachers({"word": entry}, table)
    assert "20.0 % without a teacher and 5.0 % with a teacher are missed" in said and "8 channels" in said
