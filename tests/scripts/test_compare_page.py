"""The page of the comparison has a row for each model that ran, and says what did not fit and what stands beside."""

from __future__ import annotations

import sys
from pathlib import Path

from lapel.records import Comparison

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from compare_page import compare_page  # noqa: E402
from pages import table  # noqa: E402

RESULTS = ROOT / "benchmarks" / "compare.json"


def test_every_contender_is_on_the_page() -> None:
    found, page = Comparison.read(RESULTS), compare_page(RESULTS, table, "")
    assert found.finished and found.chip_samples == found.test_samples
    assert found.answer[1:] in page and f"{found.neighbours.data_bytes:,}" in page  # type: ignore[union-attr]
    for c in found.contenders:
        row = next(line for line in page.splitlines() if c.name in line and line.startswith(("|", "- ")))
        if c.chip is not None:
            assert f"{c.chip.memory.flash_bytes:,}" in row and f"{c.chip.cycles:,}" in row
            assert sum(p.bytes for p in c.chip.parts) == c.chip.memory.flash_bytes
        elif c.over:
            assert all(f"{n:,}" in row for n in c.over.values())
