"""`lapel quantize`: files in, a table and a file out, and nothing lost when that cannot be written."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import click
import numpy as np
import pytest

import lapel
from floatnets import images, small_net
from lapel import Quantization
from lapel.cli import main
from lapel.cli.wishes import quantization
from lapel.records import Quantized


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    net = small_net()
    x = images(net, 20)
    Path("net.tflite").write_bytes(lapel.write_tflite(net))
    np.savez("data.npz", image=x)
    np.save("labels.npy", lapel.predict(net, x).argmax(axis=1))
    return Path("net.tflite")


def test_a_file_is_written_and_a_table_printed(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quantize", str(model), "--data", "data.npz", "--labels", "labels.npy", "--weights", "int4"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("net: calibrated by 16 samples, layers and noise measured on the 4 held back\n")
    assert "\naccuracy of all 20 samples: 100.00 % float, " in said
    assert "alone accuracy" in said and "written: net_int4.tflite" in said
    graph = lapel.load("net_int4.tflite")
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8"
    want = lapel.quantize("net.tflite", np.load("data.npz")["image"], Quantization(weights="int4")).graph
    x = np.load("data.npz")["image"]
    assert (lapel.predict(graph, x) == lapel.predict(want, x)).all()


def test_few_samples_both_calibrate_and_measure(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez("few.npz", image=np.load("data.npz")["image"][:9])
    assert main(["quantize", str(model), "--data", "few.npz"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("net: calibrated by all 9 samples, layers and noise measured on the same: none is held back")
    assert "\nsame class as the float model, of all 9 samples: " in said


def test_json_is_the_record(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--observer", "mse", "--equalize", "--no-correct-bias", "--activations", "int16", "--json"]
    assert main(["quantize", str(model), "--data", "data.npz", "--out", "wide.tflite", *options]) == 0
    text = capsys.readouterr().out
    found = Quantized.from_json(json.loads(text))
    assert found.file == "wide.tflite" and found.graph is None and found.to_json() == json.loads(text)
    assert found.wish == Quantization(observer="mse", equalize=True, correct_bias=False, activations="int16")


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        ([], 2, "no calibration data was given: add --data FILE"),
        (["--data", "nothing.npz"], 3, "nothing.npz cannot be read"),
        (["--data", "data.npz", "--out", "no/where.tflite"], 9, "there is no folder no"),
        (["--data", "data.npz", "--out", "net.tflite"], 9, "is an input of this run, and would be lost"),
        (["--data", "data.npz", "--out", "net.onnx.zip"], 2, "ends in '.zip', expected one of .lite, .onnx, .tflite"),
        (["--data", "data.npz", "--accuracy-loss", "-1"], 2, "accuracy_loss is -1.0, expected 0 to 100 points"),
        (["--data", "labels.npy"], 3, "expected"),
        (["--data", "data.npz", "--replace-relu6"], 2, "replace_relu6 was given without equalize, expected both"),
    ],
)
def test_what_cannot_be_is_said_before_any_work(
    model: Path, options: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = model.read_bytes()
    assert main(["quantize", str(model), *options]) == code
    assert said in capsys.readouterr().err
    assert model.read_bytes() == before and not Path("net_int8.tflite").exists()


def test_figures_are_not_lost_with_the_file(
    model: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A disk that is full at the end: what was there stays, and the table is printed all the same."""
    Path("old.tflite").write_bytes(b"precious")

    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("lapel.files._settle", full)
    assert main(["quantize", str(model), "--data", "data.npz", "--out", "old.tflite"]) == 9
    streams = capsys.readouterr()
    assert "No space left on device" in streams.err and "signal to quantization noise" in streams.out
    assert Path("old.tflite").read_bytes() == b"precious"
    assert main(["quantize", str(model), "--data", "data.npz", "--out", "old.tflite", "--json"]) == 9
    assert json.loads(capsys.readouterr().out)["error"]["type"] == "OutputError"


def test_a_loss_beyond_what_is_allowed_is_an_exit_code(model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is there with its figures: what CI asks is whether it is good enough."""
    crude = ["--weights", "int4", "--no-search-weights", "--no-correct-bias", "--data", "data.npz"]
    assert main(["quantize", str(model), *crude, "--accuracy-loss", "100"]) == 0
    capsys.readouterr()
    assert main(["quantize", str(model), *crude, "--accuracy-loss", "0", "--json"]) == 16
    streams = capsys.readouterr()
    found = json.loads(streams.out)
    assert found["meets"] is False and found["loss"] > 0 and Path("net_int4.tflite").is_file()
    assert f"net: {100 * found['loss']:.2f} points are lost, --accuracy-loss allows 0 points: train it" in streams.err


def test_every_field_is_a_row_of_the_command_line_with_the_same_default() -> None:
    found: list[Quantization] = []

    @click.command()
    @quantization
    def command(wish: Quantization) -> int:
        found.append(wish)
        return 0

    command.main([], standalone_mode=False)
    assert found == [Quantization()]
    assert {p.name for p in command.params} == {f.name for f in fields(Quantization)}
