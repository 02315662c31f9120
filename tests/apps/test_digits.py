"""The demo on this computer: real accuracy, exact bits, files that the other commands take."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.cli import main


def test_demo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["demo", "--target", "host", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["samples"] == 540 and found["bit_exact"]
    assert found["float_accuracy"] > 0.95 and found["int8_accuracy"] > found["float_accuracy"] - 0.01
    assert found["runs"][0]["accuracy"] == found["int8_accuracy"]
    folder = Path("build/digits")
    assert sorted(p.name for p in folder.iterdir()) == sorted(found["files"])
    x, y = np.load(folder / "x_test.npy"), np.load(folder / "y_test.npy")
    graph = lapel.load(folder / "digits.tflite")
    lapel.build(graph, "arduino-uno")
    again = lapel.run(graph, "host", x, labels=y)
    assert (again.accuracy, again.samples) == (found["int8_accuracy"], 540)
    assert main(["demo", "--target", "host"]) == 0
    said = capsys.readouterr().out
    assert "540 held-out images" in said and "host" in said and "all" in said
