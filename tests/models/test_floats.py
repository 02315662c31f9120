"""Float models of others: loaded, every tensor beside LiteRT's, and firmware of them bit for bit as its reference."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from cores import needs
from floats import TOLERANCE, difference
from lapel import frontends
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.planning.floats import in_float32
from oracle import run_litert_all

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


def test_predictions_are_the_firmware_s(shared: Path) -> None:
    path = shared / "models/public/pacman_float.tflite"
    graph = in_float32(frontends.load(path))
    (name,) = graph.inputs
    x = np.random.default_rng(1).random((3, *graph.tensors[name].type.shape[1:])).astype(np.float32)
    found = lapel.predict(path, x)
    assert found.shape == (3, 7) and np.allclose(found.sum(axis=1), 1)
    assert all(
        (evaluate(graph, {name: v[None]})[graph.outputs[0]][0] == y).all() for v, y in zip(x, found, strict=True)
    )


def inputs_of(graph: Graph, model: str, count: int) -> dict[str, np.ndarray]:
    """Samples of a model's inputs."""
    rng, most = np.random.default_rng(2), RANGES.get(model, 1.0)
    return {i: (rng.random((count, *graph.tensors[i].type.shape)) * most).astype(np.float32) for i in graph.arguments}


def check_firmware(path: Path, model: str, core: str, count: int) -> None:
    """Firmware has the bits of the float32 reference, and this is as near to LiteRT as any order of operations."""
    graph = frontends.load(path)
    samples = inputs_of(graph, model, count)
    result = lapel.run(graph, core, samples)
    assert result.bit_exact
    wanted = run_litert_all(path.read_bytes(), [x[0] for x in samples.values()])
    for o in graph.outputs:
        assert difference(result.outputs[o][0], wanted[o]) <= TOLERANCE, o


@needs("cortex-m4")
def test_firmware_of_a_small_model(shared: Path) -> None:
    check_firmware(
        shared / "models/public/ecg_autoencoder_float.tflite", "public/ecg_autoencoder_float", "cortex-m4", 2
    )


@pytest.mark.long
@pytest.mark.parametrize("core", ["host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac"])
@pytest.mark.parametrize("model", MODELS)
def test_firmware_on_every_kind_of_core(shared: Path, model: str, core: str) -> None:
    check_firmware(shared / f"models/{model}.tflite", model, core, 1)
