"""Public models of other people: exact, or refused with a reason that is true."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples, merge
from lapel.errors import UnsupportedModel
from lapel.ops import evaluate
from lapel.proving.run import reference_outputs
from oracle import run_tflite_micro

EXACT = (
    "hps_0",
    "model_pdti8",
    "micro_speech_int8",
    "hello_world_int8",
    "rnnoise_int8",
    "image_example_int8",
    "pacman_int8",
    "ecg_autoencoder_int8",
)
CORES = ("host", "cortex-m4", "cortex-m55", "rv32imac")
LONG_ON_CORES = ("hps_0",)
"""An image of 240x320: 60 million multiplications."""

RANDOM = 3
"""Samples before the first random one, as `draw_samples` orders them."""


@pytest.mark.parametrize("name", EXACT)
def test_outputs_equal_tflite_micro(shared: Path, name: str) -> None:
    path = shared / f"models/public/{name}.tflite"
    data, graph = path.read_bytes(), lapel.load(path)
    count = RANDOM + 2
    samples = draw_samples(graph, np.random.default_rng(5), count)
    for s in range(count - 1 if name in LONG_ON_CORES else 0, count):
        inputs = {n: x[s] for n, x in samples.items()}
        ours = evaluate(graph, inputs)
        for o, theirs in zip(graph.outputs, run_tflite_micro(data, list(inputs.values())), strict=True):
            assert (ours[o] == theirs).all(), o


def on_cores(name: str) -> list[object]:
    marks = [pytest.mark.long] if name in LONG_ON_CORES else []
    return [pytest.param(name, core, marks=marks, id=f"{name}-{core}") for core in CORES]


@pytest.mark.parametrize(("name", "core"), [p for name in EXACT for p in on_cores(name)])
def test_outputs_are_the_same_on_the_core(shared: Path, name: str, core: str) -> None:
    graph = lapel.load(shared / f"models/public/{name}.tflite")
    samples = {n: x[RANDOM:] for n, x in draw_samples(graph, np.random.default_rng(6), RANDOM + 1).items()}
    result = lapel.run(graph, core, samples)
    assert result.bit_exact
    for o, want in reference_outputs(graph, samples).items():
        assert (result.outputs[o] == want).all()


def test_every_public_file_is_read_or_refused(shared: Path) -> None:
    """No file is called damaged: TFLite Micro, or its makers' fork of it, runs each of them."""
    paths = sorted((shared / "models").rglob("*.tflite"))
    assert len(paths) > 50
    for path in paths:
        try:
            lapel.load(path)
        except UnsupportedModel as e:
            assert e.problems and "inconsistent" not in e.message, path


def seanet(shared: Path) -> list[Path]:
    """One operator each, all of int16 activations."""
    paths = sorted((shared / "models/public/seanet").glob("*.tflite"))
    assert len(paths) == 31
    return paths


def test_16_bit_operators_equal_tflite_micro(shared: Path) -> None:
    for path in seanet(shared):
        graph = lapel.load(path)
        samples = draw_samples(graph, np.random.default_rng(5), RANDOM + 1)
        for s in range(RANDOM + 1):
            inputs = {n: x[s] for n, x in samples.items()}
            theirs = run_tflite_micro(path.read_bytes(), list(inputs.values()))[0]
            assert (evaluate(graph, inputs)[graph.outputs[0]] == theirs).all(), f"{path.name}, sample {s}"


@pytest.mark.parametrize("core", ("cortex-m0", *CORES))
def test_16_bit_operators_are_the_same_on_the_core(shared: Path, core: str) -> None:
    graph = merge("seanet", [lapel.load(path) for path in seanet(shared)])
    assert lapel.run(graph, core, draw_samples(graph, np.random.default_rng(6), 2)).bit_exact
