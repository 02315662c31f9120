"""ONNX models against ONNX Runtime."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

import lapel
from lapel.ops import evaluate


def their_outputs(path: Path, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (y,) = session.run(None, {session.get_inputs()[0].name: x})
    return np.asarray(y)


@pytest.mark.parametrize("seed", range(3))
def test_a_public_float_model(shared: Path, seed: int) -> None:
    path = shared / "models/micro-kws/float.onnx"
    graph = lapel.load(path)
    x = np.random.default_rng(seed).uniform(-4, 4, (1, 1960)).astype(np.float32)
    y = evaluate(graph, {graph.inputs[0]: x})[graph.outputs[0]]
    assert np.abs(y - their_outputs(path, x)).max() < 1e-4
    assert graph.outputs == ("StatefulPartitionedCall:0",)
