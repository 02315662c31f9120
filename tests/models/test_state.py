"""Models with state that others trained: sequences with a reset in the middle, equal to TFLite Micro's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples
from lapel.ir import Graph
from lapel.ops import evaluate_sequence
from oracle import run_tflite_micro_sequence

MODELS = ("okay_nabu", "vad", "mnist_lstm_int8", "keyword_scrambled_int8")
STEPS = 200
RESET_EVERY = 100


@pytest.fixture(params=MODELS)
def model(request: pytest.FixtureRequest, shared: Path) -> tuple[bytes, Graph]:
    path = shared / "models" / "public" / f"{request.param}.tflite"
    return path.read_bytes(), lapel.load(path)


def draw_steps(graph: Graph, count: int) -> list[dict[str, np.ndarray]]:
    samples = draw_samples(graph, np.random.default_rng(4), count)
    return [{name: x[k] for name, x in samples.items()} for k in range(count)]


def test_every_output_of_a_sequence_equals_tflite_micro(model: tuple[bytes, Graph]) -> None:
    data, graph = model
    steps = draw_steps(graph, STEPS)
    theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in steps], RESET_EVERY)
    for k, values in enumerate(evaluate_sequence(graph, steps, RESET_EVERY)):
        for name, want in zip(graph.results, theirs[k], strict=True):
            assert (values[name] == want).all(), f"step {k}"
