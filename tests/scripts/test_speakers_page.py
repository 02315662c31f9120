"""The page of speakers says what is in benchmarks/speakers.json, and of a few people that they are few."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from pages import table  # noqa: E402
from speakers_page import speakers_page  # noqa: E402

RESULTS = ROOT / "benchmarks" / "speakers.json"


def test_every_figure_of_the_file_is_on_the_page() -> None:
    found, page = json.loads(RESULTS.read_text()), speakers_page(RESULTS, table, "")
    assert "Four people are very few" in page
    for entry in found.values():
        assert entry["device"]["bit_exact"] and f"{entry['device']['instructions']:,}" in page
        assert {f["material"] for f in entry["record"]["test"]} >= {"four people, digits", "synthesized voices"}
        for f in (*entry["record"]["validation"], *entry["record"]["test"]):
            error = f["equal_error"]
            assert error["low"] <= error["value"] <= error["high"]
            assert f"{100 * error['value']:.1f} % [{100 * error['low']:.1f}, {100 * error['high']:.1f}]" in page


def test_a_page_of_one_kind_has_no_other(tmp_path: Path) -> None:
    found = json.loads(RESULTS.read_text())
    path = tmp_path / "speakers.json"
    path.write_text(json.dumps({"voices": found["voices"]}))
    page = speakers_page(path, table, "")
    assert "Synthesized voices alone are learned" in page and "unknown people are learned" not in page
