"""`lapel compress` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from bars import make_bars
from lapel.cli import main
from lapel.files import LEDGER
from lapel.records import CompressionRecord

RECIPE = """
target = "host"
samples = 4
threads = 1
[data]
path = "bars.npz"
[network]
name = "mlp"
hidden = [12]
[training]
epochs = 2
[[step]]
method = "prune"
density = 0.5
epochs = 1
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    bars = make_bars()
    np.savez(tmp_path / "bars.npz", x=bars.x, y=bars.y)
    (tmp_path / "bars.toml").write_text(RECIPE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", "bars.toml", "--sweep", "prune.density=0.4,0.5"]) == 0
    said = capsys.readouterr().out
    assert "mlp on host: train / val / test: 168 / 36 / 36 samples, seed 0" in said
    for line in (
        "accuracy (float network: of all 36 test samples)",
        "one inference",
        "prune.density=0.4",
    ):
        assert line in said
    assert "smaller by: against 3,276 bytes in float32, decoder included" in said
    assert "prune: by itself it saves nothing on host" in said and "402 of 804 weights are left" in said
    assert "0_network.tflite build/bars/1_prune.tflite" in said and "compression.svg" in said
    record = CompressionRecord.read("build/bars/compression.json", ignored=(LEDGER,))
    assert len(record.variants) == 2 and record.rungs[0].options["epochs"] == 2
    assert main(["compress", "bars.toml", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert CompressionRecord.from_json(printed).rungs == record.rungs


def test_the_steps_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compress", "--list"]) == 0
    said = capsys.readouterr().out
    assert "prune" in said and "density (must be given)" in said and "integer -> integer" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no recipe was given: name a .toml file; `lapel compress --list` shows the steps"),
        (["bars.toml", "--without", "pruen"], "step 'pruen' is unknown: did you mean 'prune'?"),
        (["bars.toml", "--without", "all"], "'prune' is the only step, and without it there is no ladder"),
        (["bars.toml", "--sweep", "prune.density"], "--sweep prune.density: expected STEP.OPTION=A,B,…"),
        (["bars.toml", "--sweep", "prune.scope=layr"], "scope is 'layr', expected one of layer, global"),
    ],
)
def test_wrong_calls(folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    assert main(["compress", *arguments]) == 2
    assert said in capsys.readouterr().err
