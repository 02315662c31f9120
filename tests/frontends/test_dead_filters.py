"""Filters whose scale is 0, as converters write a filter of zeros: multiplier 0 in every kernel."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from modelfile import Model, edit

import lapel
from batch import draw_samples
from lapel.frontends.tflite import read_tflite
from lapel.ops import evaluate
from oracle import run_tflite_micro

DEAD = (0, 5, 6, 7)
"""Channels of every convolution; their weights stay, so that nothing but the scale says they are dead."""


def kill(m: Model) -> None:
    sub = m.subgraphs[0]
    codes = [max(c.builtinCode, c.deprecatedBuiltinCode) for c in m.operatorCodes]
    for op in sub.operators:
        if codes[op.opcodeIndex] in (schema.BuiltinOperator.CONV_2D, schema.BuiltinOperator.DEPTHWISE_CONV_2D):
            for i in op.inputs[1:]:
                scale = np.array(sub.tensors[i].quantization.scale)
                scale[list(DEAD)] = 0
                sub.tensors[i].quantization.scale = scale


@pytest.fixture(scope="module")
def model(shared: Path) -> bytes:
    return edit((shared / "models/mlperf-tiny/kws_int8.tflite").read_bytes(), kill)


def test_outputs_equal_tflite_micro(model: bytes) -> None:
    graph = read_tflite(model)
    samples = draw_samples(graph, np.random.default_rng(8), 5)
    for s in range(5):
        inputs = {n: x[s] for n, x in samples.items()}
        theirs = run_tflite_micro(model, list(inputs.values()))[0]
        assert (evaluate(graph, inputs)[graph.outputs[0]] == theirs).all()


@pytest.mark.parametrize("core", ["host", "cortex-m4", "cortex-m55", "rv32imac"])
def test_outputs_are_the_same_on_the_core(model: bytes, core: str) -> None:
    graph = read_tflite(model)
    assert lapel.run(graph, core, draw_samples(graph, np.random.default_rng(9), 4)).bit_exact
