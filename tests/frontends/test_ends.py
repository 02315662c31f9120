"""Outputs that are listed twice, that are inputs, or constants: what TFLite Micro returns, on every core."""

from __future__ import annotations

import numpy as np
import pytest
from modelfile import Operand, Step, make_model

import lapel
from batch import draw_samples
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ops import evaluate
from oracle import run_tflite_micro

OPERANDS = [
    Operand("x", (1, 6)),
    Operand("x_1", (1, 6), data=[[1, 2, 3, 4, 5, 6]]),
    Operand("y", (1, 6)),
    Operand("c", (4,), data=[1, -2, 3, -128]),
]
STEPS = [Step("RELU", ["x"], ["y"])]
ENDS = {
    "twice": (["y", "y"], ["y", "y_1"]),
    "input": (["y", "x"], ["y", "x_2"]),
    "input alone": (["x"], ["x_2"]),
    "constant": (["c", "y"], ["c", "y"]),
    "all": (["x", "y", "c", "x", "c", "y"], ["x_2", "y", "c", "x_3", "c_1", "y_1"]),
}


def model(outputs: list[str]) -> bytes:
    """x -> rectified y, with outputs as listed. The name that a copy of x would have is taken."""
    return make_model(OPERANDS, STEPS, ["x"], outputs)


@pytest.mark.parametrize("kind", ENDS)
def test_outputs_equal_tflite_micro(kind: str) -> None:
    outputs, names = ENDS[kind]
    data = model(outputs)
    graph = read_tflite(data, "ends")
    assert list(graph.outputs) == names
    x = np.array([[-128, -7, 0, 1, 90, 127]], np.int8)
    for again in (data, write_tflite(graph)):
        made = evaluate(graph, {"x": x})
        theirs = run_tflite_micro(again, [x])
        assert [made[o].tolist() for o in graph.outputs] == [t.tolist() for t in theirs]


@pytest.mark.parametrize("core", ["host", "cortex-m4", "atmega328p"])
def test_outputs_on_cores(core: str) -> None:
    """All kinds in one model, and an input alone: a program without an operator."""
    for kind in ("all", "input alone"):
        graph = read_tflite(model(ENDS[kind][0]), "ends")
        result = lapel.run(graph, core, draw_samples(graph, np.random.default_rng(1), 5))
        assert result.bit_exact and set(result.outputs) == set(graph.outputs)
