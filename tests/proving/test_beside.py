"""A quantized model beside the float one that a user names, and what is known of the two since it was quantized."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

import lapel
from lapel.building import GraphBuilder
from lapel.cli.entry import main
from lapel.cli.scores import print_agreement
from lapel.errors import UsageError
from lapel.ir import Graph, Origin
from lapel.quantization import choose_types, convert
from lapel.records import Build

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 4)).astype(np.float32)
W = RNG.standard_normal((3, 4)).astype(np.float32)
Y = (X @ W.T).argmax(axis=1)
"""Labels that the float model all meets."""


def float_net(outputs: int = 3, shape: tuple[int, ...] = (1, 4)) -> Graph:
    b = GraphBuilder("net")
    x = b.node("reshape", b.input("x", shape), shape=(1, 4))
    attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
    return b.graph(b.node("dense", x, b.constant("w", W[:outputs]), None, name="y", **attrs))


def integer_net(reach: float) -> Graph:
    """The net with ranges of -reach..reach: too wide ones leave few steps to its values."""
    graph = float_net()
    ranges = dict.fromkeys((n for n, t in graph.tensors.items() if t.data is None), (-reach, reach))
    return replace(convert(graph, choose_types(graph, ranges)), origin=Origin())


def test_the_float_model_is_run_beside() -> None:
    near = lapel.run(integer_net(8), "host", X, labels=Y, float_model=float_net())
    assert near.float_accuracy == 1.0 and near.accuracy is not None and near.accuracy > 0.9
    found = lapel.run(integer_net(300), "host", X, labels=Y, float_model=float_net(shape=(1, 2, 2)))
    assert found.float_accuracy == 1.0 and found.accuracy is not None and found.accuracy < 0.9
    assert found.loss == pytest.approx(1 - found.accuracy) and found.bit_exact
    assert any("points below the float model's" in w and "instead of 100.00 %" in w for w in found.warnings)


def test_the_command_takes_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, graph in (("int", integer_net(300)), ("float", float_net())):
        lapel.convert(graph, tmp_path / f"{name}.tflite")
    np.save(tmp_path / "x.npy", X), np.save(tmp_path / "y.npy", Y)
    x, y, model, floats = (str(tmp_path / name) for name in ("x.npy", "y.npy", "int.tflite", "float.tflite"))
    given = ["run", model, "--target", "host", "-i", x, "-l", y, "--float", floats]
    assert main(given) == 0
    out = capsys.readouterr().out
    assert "100.00 % by the float model" in out and "points below the float model's" in out
    assert main([*given, "--float-outputs", y]) == 2
    assert "float outputs and a float model were given, expected one of both" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("floats", "message"),
    [
        (float_net(2), r"net, as the float model of net: its output is \[1, 2\], expected \[1, 3\], as of the quanti"),
        (float_net(shape=(1, 4, 1)), ""),
        (integer_net(8), "it is quantized itself, expected a float model: give the one that it was made from"),
    ],
)
def test_another_network_is_refused(floats: Graph, message: str) -> None:
    if not message:
        assert lapel.run(integer_net(8), "host", X, float_model=floats).float_agreement is not None
        return
    with pytest.raises(UsageError, match=message):
        lapel.run(integer_net(8), "host", X, float_model=floats)


def test_a_build_has_what_was_measured_when_the_model_was_quantized(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a graph from `quantize`; a file does not keep it."""
    made = lapel.quantize(float_net(), X).graph
    assert made.origin.agreement is not None and made.origin.agreement.samples == len(X)
    built = lapel.build(made, "host")
    assert built.float_agreement is not None and built.float_samples == len(X)
    assert built.float_agreement.share == made.origin.agreement.share
    again = Build.from_json(built.to_json())
    assert again.float_agreement == built.float_agreement and again.float_samples == len(X)
    print_agreement(built)
    share = built.float_agreement.r2
    assert capsys.readouterr().out == f"R² as the float model when it was quantized: {share:.4f} of 60 samples\n"
    lapel.convert(made, tmp_path / "net.tflite")
    assert lapel.load(tmp_path / "net.tflite").origin.agreement is None


def test_a_classifier_of_scikit_learn_counts_classes(capsys: pytest.CaptureFixture[str]) -> None:
    estimator = LogisticRegression().fit(X, Y)
    built = lapel.build(lapel.load(estimator, X), "host")
    found = built.float_agreement
    assert found is not None and found.accuracy is not None and found.accuracy > 0.9
    print_agreement(built)
    share = f"{100 * found.accuracy:.2f} %"
    assert capsys.readouterr().out == f"same class as the float model when it was quantized: {share} of 60 samples\n"
