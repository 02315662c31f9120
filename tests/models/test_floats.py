"""Float models of others: loaded, every tensor beside LiteRT's, and refused by the planner in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from floats import TOLERANCE, difference
from lapel import frontends
from lapel.errors import FloatModel
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.targets import load_target
from oracle import run_litert, run_litert_all

MODELS = (
    "mlperf-tiny/ic_float",
    "mlperf-tiny/vww_float",
    "mlperf-tiny/ad_float",
    "public/image_example_float",
    "public/pacman_float",
    "public/ecg_autoencoder_float",
)
RANGES = {"mlperf-tiny/ic_float": 255.0}
"""Largest value of an input, where it is not 1: pixels."""


@pytest.mark.parametrize("model", MODELS)
def test_every_tensor_is_litert_s(shared: Path, model: str) -> None:
    path = shared / f"models/{model}.tflite"
    data, graph, rng = path.read_bytes(), frontends.load(path), np.random.default_rng(0)
    again = read_tflite(write_tflite(graph))
    for _ in range(2):
        inputs = {
            i: (rng.random(graph.tensors[i].type.shape) * RANGES.get(model, 1.0)).astype(np.float32)
            for i in graph.inputs
        }
        values = evaluate(graph, inputs)
        for name, want in run_litert_all(data, list(inputs.values())).items():
            assert difference(values[name], want) <= TOLERANCE, name
        assert all((evaluate(again, inputs)[o] == values[o]).all() for o in graph.outputs)


def test_predictions_are_numbers(shared: Path) -> None:
    path = shared / "models/public/pacman_float.tflite"
    graph = frontends.load(path)
    (name,) = graph.inputs
    x = np.random.default_rng(1).random((3, *graph.tensors[name].type.shape[1:])).astype(np.float32)
    found = lapel.predict(path, x)
    assert found.shape == (3, 7) and np.allclose(found.sum(axis=1), 1)
    assert all(
        (evaluate(graph, {name: v[None]})[graph.outputs[0]][0] == y).all() for v, y in zip(x, found, strict=True)
    )


TODO = (
    "expected int8: quantize it first (full integer, int8 inputs and outputs, with a representative data set), "
    "docs/guide-int8.md has the ways"
)


@pytest.mark.parametrize(
    ("model", "found"),
    [
        ("mlperf-tiny/ad_float", "is a float32 model, 10 of 10 operators compute in float32 (dense)"),
        ("public/lenet_300_100_int8", "is a float32 model in part, 1 of 7 operators compute in float32 (logsoftmax)"),
    ],
)
def test_firmware_is_refused_in_one_line(shared: Path, model: str, found: str) -> None:
    path = shared / f"models/{model}.tflite"
    with pytest.raises(FloatModel) as e:
        make_plan(frontends.load(path), load_target("cortex-m4"))
    assert e.value.exit_code == 5 and e.value.message == f"{path.stem} on cortex-m4: {found}, {TODO}"


def test_a_hybrid_model_is_the_float_model_of_its_weights(shared: Path) -> None:
    """LiteRT's hybrid kernels are not its float ones: they quantize the activations of each call."""
    data = (shared / "models/public/kws_hybrid.tflite").read_bytes()
    graph, rng, apart = read_tflite(data), np.random.default_rng(0), []
    (warning,) = graph.origin.warnings
    assert warning.startswith("5 of 13 operators had weights of int8 and float32 activations (dynamic range, hybrid)")
    for _ in range(4):
        x = (rng.standard_normal((1, 49, 10, 1)) * 10).astype(np.float32)
        (found,) = (evaluate(graph, {i: x})[o] for i, o in zip(graph.inputs, graph.outputs, strict=True))
        assert difference(found, run_litert(write_tflite(graph), [x])[0]) <= TOLERANCE
        apart.append(np.abs(found - run_litert(data, [x])[0]).max())
    assert 1e-3 < max(apart) < 0.2
