"""What a user has to know about a model stands beside the results of every verb, as a record, in JSON and as a line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.cli import main
from lapel.errors import LapelWarning
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph, Quant
from lapel.records import Diff
from nets import Net


def unlike(name: str = "unlike") -> Graph:
    """A maximum of a layer and of its rectified input, each with its own scale."""
    net = Net(name, (1, 4, 4, 2))
    a, b = net.conv("x", 2, (1, 1, 1, 1)), net.relu("x")
    return net.graph(net.node("maximum", (a, b), net.tensors[a].type.shape, Quant((0.07,), (5,))))


def test_every_verb_says_what_the_model_may_not_mean() -> None:
    graph = unlike()
    results = (lapel.run(graph, "host"), lapel.build(graph, "host"), lapel.diff(graph, "host"))
    (said,) = results[0].warnings
    assert said.startswith("maximum ") and ": it compares stored integers, which stand for " in said
    for result in results:
        assert result.warnings == (said,) and result.to_json()["warnings"] == [said]
        assert f"warning: {said}" in repr(result)
    assert Diff.from_json(results[2].to_json()) == results[2]
    program = lapel.build([graph, unlike("again")], "host")
    assert program.warnings == (f"unlike: {said}", f"again: {said}")


def test_predict_has_a_place_for_what_diff_says() -> None:
    """Of the model, and of samples beyond its range."""
    graph, x = unlike(), np.full((3, 4, 4, 2), 1000.0, np.float32)
    compared = lapel.diff(graph, "host", x)
    model, samples = compared.warnings
    assert compared.equal and samples.startswith("input 'x': 100.0 % of the values are beyond its range")
    for target in (None, "host"):
        heard: list[str] = []
        quiet = lapel.predict(graph, x, target=target, warn=heard.append)
        assert heard == [model, samples]
        with pytest.warns(LapelWarning) as caught:
            assert (lapel.predict(graph, x, target=target) == quiet).all()  # type: ignore[union-attr]
        assert [str(w.message) for w in caught] == heard and {w.filename for w in caught} == {__file__}


def test_the_command_line_prints_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("unlike.tflite").write_bytes(write_tflite(unlike()))
    assert main(["diff", "unlike.tflite", "-t", "host"]) == 0
    assert "\nwarning: maximum " in capsys.readouterr().out
    assert main(["diff", "unlike.tflite", "-t", "host", "--json"]) == 0
    (said,) = json.loads(capsys.readouterr().out)["warnings"]
    assert said.startswith("maximum ")
