"""The page of the compression benchmark, of results of one recipe."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))
from compression_page import compression_page  # noqa: E402
from pages import table  # noqa: E402


def results() -> dict[str, Any]:
    first = {"step": "train", "error": 1.6, "samples": 10000, "unmeasured": "does not fit"}
    sizes = {"weight_bytes": 7000, "decoder_bytes": 800, "flash_bytes": 9000, "times_smaller": 136.7}
    last = {"step": "code", "error": 1.65, "samples": 10000, **sizes, "instructions": 51234}
    layer = {"layer": "dense", "weights": 1000, "left": 50, "values": 8, "gap_bits": 4.5, "value_bits": 2.6}
    layers = [{**layer, "bytes": 50, "times_smaller": 80.0}] * 3
    mean = [{"step": "train", "error": 1.6}, {k: v for k, v in last.items() if k != "samples"}]
    seed = {"seed": 0, "steps": [first, last], "layers": layers}
    rows = [
        {**last, "ladder": "all steps", "ram_bytes": 970},
        {**last, "ladder": "without code", "decoder_bytes": 16800},
    ]
    ablation = {"seed": 0, "rows": [*rows, {**first, "ladder": "without share"}]}
    found = {"core": "cortex-m4", "float_bytes": 12000, "mean": mean, "seeds": [seed], "ablation": ablation}
    return {"lenet-300-100": found}


def test_page(tmp_path: Path) -> None:
    path = tmp_path / "compression.json"
    path.write_text(json.dumps(results()))
    page = compression_page(path, table, "NOTICE")
    assert "| train | 1.60 % | - | - | - | - | - |" in page
    assert "| code | 1.65 % | 7,000 | 800 | 9,000 | 136.7x | 51,234 |" in page
    assert "| 0 | 1.60 % | 1.65 % | 10,000 | 7,800 | 136.7x |" in page
    assert "| dense | 1,000 | 50 (5.0 %) | 8 | 4.50 | 2.60 | 50 | 1.25 % | 8 % | 3.7 | 4.4 | 2.32 % |" in page
    assert "| all | 3,000 | 150 (5.0 %) |  | 4.50 | 2.60 | 150 | 1.25 % | 8 % | 3.7 | 5.1 | 2.49 % |" in page
    assert "| all steps | 1.65 % | 7,800 | 1.00x | 136.7x | 9,000 | 970 | 51,234 |" in page
    assert "| without code | 1.65 % | 23,800 | 3.05x | 136.7x | 9,000 | - | 51,234 |" in page
    assert "| without share | 1.60 % | - | - | - | - | - | - |" in page
    assert "--only lenet-300-100 --ablation" in page


def test_rows_that_no_one_run_wrote_say_so(tmp_path: Path) -> None:
    found = results()
    found["lenet-300-100"]["ablation"]["origin"] = "Put together of two runs."
    path = tmp_path / "compression.json"
    path.write_text(json.dumps(found))
    assert "--ablation --json benchmarks/compression.json`\n\nPut together of two runs.\n\n" in compression_page(
        path, table, "NOTICE"
    )


def test_results_of_other_networks_stand_without_a_paper(tmp_path: Path) -> None:
    found = results()["lenet-300-100"]
    path = tmp_path / "compression.json"
    path.write_text(json.dumps({"another": {name: value for name, value in found.items() if name != "ablation"}}))
    page = compression_page(path, table, "NOTICE")
    assert "| all | 3,000 | 150 (5.0 %) |  | 4.50 | 2.60 | 150 | 1.25 % |\n" in page
    assert "2015" not in page and "without" not in page
