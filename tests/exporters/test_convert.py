"""`lapel.convert` and the command: formats by suffix, and what is refused."""

from __future__ import annotations

import builtins
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from onnxruns import run_onnx

import lapel
from lapel.building import GraphBuilder
from lapel.cli.entry import main
from lapel.errors import MissingTool, UnsupportedModel, UsageError
from lapel.exporters import exporters, moved_inputs
from lapel.exporters.onnx import write_onnx
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph


def small() -> Graph:
    """x -> conv, relu -> y."""
    b = GraphBuilder("small")
    x, w = b.input("x", (1, 4, 4, 2)), b.constant("w", np.ones((3, 1, 1, 2), np.float32))
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "relu"}
    return b.graph(b.node("conv", x, w, None, name="y", **attrs))


def test_every_format_is_found() -> None:
    assert {s for e in exporters().values() for s in e.suffixes} == {".tflite", ".lite", ".onnx"}


def test_a_file_of_each(tmp_path: Path) -> None:
    graph, x = small(), np.arange(-16, 16, dtype=np.float32).reshape(1, 4, 4, 2)
    want = np.maximum(x.sum(axis=-1, keepdims=True), 0).repeat(3, axis=-1)
    assert lapel.convert(graph, tmp_path / "a.tflite") is graph
    assert lapel.load(tmp_path / "a.tflite").digest() == read_tflite(write_tflite(graph), "a").digest()
    lapel.convert(str(tmp_path / "a.tflite"), str(tmp_path / "a.onnx"))
    assert (run_onnx((tmp_path / "a.onnx").read_bytes(), {"x": x})["y"] == want).all()


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lapel.convert(small(), tmp_path / "a.tflite")
    assert main(["convert", str(tmp_path / "a.tflite"), str(tmp_path / "a.onnx")]) == 0
    size = (tmp_path / "a.onnx").stat().st_size
    assert capsys.readouterr().out == f"{tmp_path / 'a.onnx'}: 1 operators, {size:,} bytes\n"
    assert main(["convert", str(tmp_path / "a.tflite"), str(tmp_path / "a.pt")]) == 2
    error = capsys.readouterr().err
    assert "found suffix '.pt', expected one of: ONNX (.onnx), TensorFlow Lite (.tflite .lite)" in error


def test_weights_of_four_bits(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    b = GraphBuilder("net")
    attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
    y = b.node("dense", b.input("x", (1, 64)), b.constant("w", np.ones((64, 64), np.float32)), None, **attrs)
    made = lapel.quantize(b.graph(y), np.eye(64, dtype=np.float32), lapel.Quantization(weights="int4")).graph
    sizes = [len(exporters()["tflite"].write(made)), len(write_tflite(made, int4=True))]
    assert sizes[0] - sizes[1] in range(64 * 64 // 2 - 64, 64 * 64 // 2 + 64)
    lapel.convert(made, tmp_path / "a.tflite", int4=True)
    assert (tmp_path / "a.tflite").stat().st_size == sizes[1]
    assert main(["convert", str(tmp_path / "a.tflite"), str(tmp_path / "a.onnx"), "--int4"]) == 2
    assert "ONNX is written without int4: leave it out" in capsys.readouterr().err


def test_a_suffix_that_nothing_has(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="found suffix '', expected one of"):
        lapel.convert(small(), tmp_path / "model")


def test_every_node_without_a_form_is_told() -> None:
    b = GraphBuilder("net")
    x = b.input("x", (1, 8, 4, 2))
    y = b.node("slide", b.node("slide", x, name="one"), name="two")
    with pytest.raises(UnsupportedModel) as e:
        write_onnx(b.graph(y))
    assert [p.split(":")[0] for p in e.value.problems] == ["node 'one' (slide)", "node 'two' (slide)"]
    assert e.value.message.startswith("net: cannot be written as ONNX: 2 problems:")


def test_weights_that_the_model_computes_are_told() -> None:
    b = GraphBuilder("net")
    x, w = b.input("x", (1, 4, 4, 2)), b.input("w", (3, 1, 1, 2))
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "none"}
    with pytest.raises(
        UnsupportedModel, match=r"node 'y' \(conv\): input 1 is computed by the model, expected a const"
    ):
        write_onnx(b.graph(b.node("conv", x, w, None, name="y", **attrs)))


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    known = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "onnx":
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(MissingTool, match=r'onnx files need it: pip install "lapel\[onnx\]"'):
        write_onnx(small())


def test_an_input_that_is_an_output_and_one_value_twice() -> None:
    """Names of a graph's ends are kept, whatever makes the values."""
    b = GraphBuilder("ends")
    x = b.input("x", (1, 4))
    y = b.node("reshape", x, name="y", shape=(4,))
    z = b.node("reshape", x, name="z", shape=(1, 4))
    found = run_onnx(write_onnx(b.graph(y, z)), {"x": np.ones((1, 4), np.float32)})
    assert {n: v.shape for n, v in found.items()} == {"y": (4,), "z": (1, 4)}


def test_files_are_read_back_as_they_were(shared: Path) -> None:
    """Every shared model: file -> graph -> file -> the same graph, to the digest."""
    same = 0
    for path in sorted((shared / "models").rglob("*.tflite")):
        try:
            graph = lapel.load(path)
        except UnsupportedModel:
            continue
        assert read_tflite(write_tflite(graph), graph.name).digest() == graph.digest(), path
        same += 1
    assert same > 50


def test_axes_that_a_file_has_otherwise_are_said(tmp_path: Path) -> None:
    graph = small()
    graph = replace(graph, origin=replace(graph.origin, layouts={"x": (0, 2, 3, 1)}))
    said = "input 'x' is [1, 4, 4, 2] in the file, [1, 2, 4, 4] in its model: give it x.transpose(0, 2, 3, 1)"
    assert moved_inputs(graph, tmp_path / "a.tflite") == [said]
    assert moved_inputs(graph, tmp_path / "a.onnx") == moved_inputs(small(), tmp_path / "a.tflite") == []
    lapel.convert(graph, tmp_path / "a.onnx")
    assert lapel.load(tmp_path / "a.onnx").origin.layouts["x"] == (0, 2, 3, 1)


def test_a_model_is_not_replaced_by_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "a.tflite"
    lapel.convert(small(), path)
    before = path.read_bytes()
    assert main(["convert", str(path), str(path)]) == 9 and path.read_bytes() == before
    assert "is an input of this run, and would be lost" in capsys.readouterr().err
    with pytest.raises(UsageError, match="the path is of type NoneType, expected that of the file to write"):
        lapel.convert(small(), None)
    with pytest.raises(UsageError, match="found an object of type str, expected a Graph"):
        write_tflite(str(path))
