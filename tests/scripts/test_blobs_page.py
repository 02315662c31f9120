"""The page of models as data says what is in benchmarks/blobs.json, and figures that a guide promises hold there."""

from __future__ import annotations

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from blobs_page import blobs_page  # noqa: E402
from pages import table  # noqa: E402

RESULTS = ROOT / "benchmarks" / "blobs.json"


def test_every_figure_of_the_file_is_on_the_page() -> None:
    found, page = json.loads(RESULTS.read_text()), blobs_page(RESULTS, table, "")
    assert {len(figures) for figures in found["models"].values()} == {3} and len(found["models"]) == 5
    for figures in found["models"].values():
        for f in figures.values():
            for name in ("instructions", "generated_instructions", "load_instructions", "blob_bytes", "ram_bytes"):
                assert f"| {f[name]:,} |" in page
            assert f["instructions"] <= 1.012 * f["generated_instructions"]
            assert f["interpreter_bytes"] <= 3.2 * 1024
    for f in found["delta"]["from"].values():
        assert f"| {f['delta_bytes']:,} |" in page and f["delta_bytes"] <= 0.04 * f["blob_bytes"]
    assert "TFLite Micro | 10,800 to 12,400 |" in page
