"""Every node test that `onnx` ships for an operator that has a form passes, or is refused for a known reason."""

from __future__ import annotations

from pathlib import Path

import onnx
import onnxnodes

PAGE = Path(__file__).parents[2] / "docs/guide-onnx.md"


def test_node_tests_pass_as_the_page_says() -> None:
    counts, wrong = onnxnodes.count(onnxnodes.cases())
    assert not wrong, "\n".join(wrong)
    assert sum(found[onnxnodes.PASSED] for found in counts.values()) > 400
    version, rows = onnxnodes.read_page(PAGE.read_text())
    if onnx.__version__ == version:  # others have other tests
        assert rows == onnxnodes.table(counts), (
            f"run: .venv/bin/python {Path(onnxnodes.__file__).relative_to(Path.cwd())}"
        )
