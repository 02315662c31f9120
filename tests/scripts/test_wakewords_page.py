"""The page of wake words says which goals are missed."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "scripts"))
from pages import table  # noqa: E402
from wakewords_page import wakewords_page  # noqa: E402

RESULTS = ROOT / "benchmarks" / "wakewords.json"


def test_goals_that_are_missed_are_said(tmp_path: Path) -> None:
    found = json.loads(RESULTS.read_text())
    entry = next(iter(found["recorded"].values()))
    found["recorded"] = {"one": entry}
    (figures,) = entry["record"]["test"]
    figures["missed"]["value"], figures["missed_noisy"]["value"], figures["false_accepts"]["value"] = 0.041, 0.12, 0.51
    found["device"] = {w: {**d, "duty": 0.081, "bit_exact": False} for w, d in found["device"].items()}
    path = tmp_path / "wakewords.json"
    path.write_text(json.dumps(found))
    page = wakewords_page(path, table, "")
    assert "- at most 4 % missed: met 0 of 1 times" in page
    assert "- at most 12 % missed in noise: met 1 of 1 times" in page
    assert "- at most 0.5 false accepts an hour: met 0 of 1 times" in page
    assert f"- at most 8 % duty: met 0 of {len(found['device'])} times" in page and "| no |" in page
