"""`lapel stream`: a file in, a table, and a file with state out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.cli import main
from lapel.records import Streaming
from timenets import TimeNet, image


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """window.tflite in the current folder: 12 frames of 3 bands."""
    monkeypatch.chdir(tmp_path)
    net = TimeNet(np.random.default_rng(0), (1, 12, 3), name="window")
    x = net.conv(net.conv(image(net, 12, 3), 4, 3, stride=2), 4, 2)
    graph = net.graph(net.dense(net.reshape(x, (1, 16)), 3))
    Path("window.tflite").write_bytes(lapel.write_tflite(graph))
    return "window.tflite"


def test_a_table_and_a_file(window: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", window, "--target", "host"]) == 0
    said = capsys.readouterr().out
    assert "window: 2 frames a step, of which the window has 12; warm-up 5 steps, then exact for every window" in said
    assert "values of all tensors, in 6 windows" in said and "written: window_stream.tflite" in said
    assert "a call on host" in said and "instructions" not in said
    lines = {line.split()[0]: line.split() for line in said.splitlines() if line.strip()}
    assert lines["input"] == ["input", "12", "2", "0", "0", "0"] and lines["all"][-1] == "22"
    graph = lapel.load("window_stream.tflite")
    assert graph.state_bytes == 22 and graph.tensors[graph.arguments[0]].type.shape == (1, 2, 3)


def test_json_is_the_record(window: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", window, "--frames", "4", "--out", "four.tflite", "--json"]) == 0
    text = capsys.readouterr().out
    found = Streaming.from_json(json.loads(text))
    assert found.step_frames == 4 and found.file == "four.tflite" and found.to_json() == json.loads(text)


def test_a_warning_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    net = TimeNet(np.random.default_rng(0), (1, 12, 3))
    padded = net.add("pad", image(net, 12, 3), before=(0, 2, 0, 0), after=(0,) * 4, value=-3)
    graph = net.graph(net.dense(net.reshape(net.conv(padded, 2, 3), (1, 24)), 3))
    Path("causal.tflite").write_bytes(lapel.write_tflite(graph))
    assert main(["stream", "causal.tflite"]) == 0
    said = capsys.readouterr()
    assert "then exact for the window that begins with the reset" in said.out
    assert "padded before the first frame" in said.out + said.err


def test_refusals(window: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["stream", window, "--frames", "3"]) == 2
    assert "window: steps of 3 frames, expected a multiple of 2" in capsys.readouterr().err
    assert main(["stream", window, "--out", "stream.bin"]) == 2
    assert "stream.bin ends in '.bin', expected one of " in capsys.readouterr().err
    assert main(["stream", window, "--axis", "2"]) == 0
    assert sorted(path.name for path in Path().iterdir()) == ["window.tflite", "window_stream.tflite"]
