"""Numbers of a file at the ends of float32: refused in a line, or the arithmetic of TensorFlow Lite Micro to the bit.

Networks of one or two operators get scales and parameters from zero to infinity. Reading, planning, generating and
evaluating must neither warn nor raise anything but an error of ours, and where both we and TensorFlow Lite Micro give
outputs these must be the same. What it ends the process on, we must refuse.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema

from isolated import map_isolated
from lapel import codegen
from lapel.errors import LapelError
from lapel.frontends.tflite import read_tflite
from lapel.ops import evaluate
from lapel.planning import make_plan
from lapel.targets import load_target
from mutations import REALS
from objectnet import Net, draw_inputs_of, pack
from objectops import GROWERS, draw_outputs
from oracle import run_tflite_micro

EXPONENTS = (-149, -140, -127, -126, -100, -64, -31, -30, -16, 0, 14, 17, 18, 29, 30, 31, 64, 100, 126)
SCALES = (*(2.0**e for e in EXPONENTS), 3.4e38, 0.0, np.inf, np.nan, -1.0)
CORES = ("cortex-m4", "cortex-m55", "host")
SAMPLES = 2
FINEST = 1e-7
"""A float input over a smaller scale may leave int32, which C leaves undefined and we saturate."""


def draw_extreme(seed: int) -> schema.ModelT:
    """A network of one operator, of two for every third seed, most of whose numbers are extreme."""
    net, name = Net(np.random.default_rng([seed, 77]), "extreme"), sorted(GROWERS)[seed % len(GROWERS)]
    net.draw_inputs()
    for _ in range(20):
        if len(net.file.graph.operators) < 1 + (seed % 3 == 0):
            GROWERS[name](net)
    draw_outputs(net)
    with np.errstate(all="ignore"):
        for t in net.file.graph.tensors:
            if t.quantization is not None and net.chance(0.6):
                t.quantization.scale = _extreme(net, list(t.quantization.scale))
    for op in net.file.graph.operators:
        for field in ("alpha", "beta"):
            if hasattr(op.builtinOptions, field) and net.chance(0.5):
                setattr(op.builtinOptions, field, float(REALS[net.number(0, len(REALS) - 1)]))
    return net.file.model


def _extreme(net: Net, scales: list[float]) -> list[float]:
    """All scales, or one of them, changed."""
    drawn = SCALES[net.number(0, len(SCALES) - 1)]
    value = float(np.float32(drawn) * np.float32(net.rng.choice([1.0, 1.0, 0.7, 1.9])))
    if net.chance(0.5):
        return [value] * len(scales)
    scales[net.number(0, len(scales) - 1)] = value
    return scales


def ask_tflite_micro(seed: int) -> list[list[np.ndarray]] | str:
    """Its outputs for each sample, or why it takes the file for wrong."""
    model = draw_extreme(seed)
    try:
        return [run_tflite_micro(pack(model), draw_inputs_of(model, s)) for s in range(SAMPLES)]
    except RuntimeError as e:
        return str(e)


def ask_us(seed: int) -> list[dict[str, np.ndarray]] | str:
    """Our outputs for each sample, in order; or the error's text."""
    model = draw_extreme(seed)
    try:
        graph = read_tflite(pack(model), f"extreme_{seed}")
        codegen.generate(make_plan(graph, load_target(CORES[seed % len(CORES)])))
    except LapelError as e:
        return e.message
    found = []
    for s in range(SAMPLES):
        values = evaluate(graph, dict(zip(graph.inputs, draw_inputs_of(model, s), strict=True)))
        found.append({o: values[o] for o in graph.outputs})
    return found


def is_undefined(model: Any) -> bool:
    """Whether a float input is quantized with a very small scale."""
    graph, quantize = model.subgraphs[0], schema.BuiltinOperator.QUANTIZE
    ops = [op for op in graph.operators if model.operatorCodes[op.opcodeIndex].builtinCode == quantize]
    floats = [op for op in ops if graph.tensors[op.inputs[0]].type == schema.TensorType.FLOAT32]
    return any(graph.tensors[op.outputs[0]].quantization.scale[0] < FINEST for op in floats)


def compare(seeds: Sequence[int]) -> Counter[tuple[str, str]]:
    """What both say about each network, compared."""
    said: Counter[tuple[str, str]] = Counter()
    for seed, theirs in zip(seeds, map_isolated(ask_tflite_micro, seeds), strict=True):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            ours = ask_us(seed)
        they = "aborts" if theirs is None else "refuses" if isinstance(theirs, str) else "runs"
        said[they, "refuse" if isinstance(ours, str) else "run"] += 1
        assert theirs is not None or isinstance(ours, str), f"draw_extreme({seed}) makes TFLite Micro abort"
        if isinstance(ours, str) or they != "runs" or is_undefined(draw_extreme(seed)):
            continue
        for mine, other in zip(ours, theirs, strict=True):
            for (name, value), expected in zip(mine.items(), other, strict=True):
                assert value.tobytes() == expected.tobytes(), f"draw_extreme({seed}): output {name}"
    return said


def test_a_sample_of_extreme_numbers() -> None:
    said = compare(range(130))
    assert said["runs", "run"] > 25 and said["runs", "refuse"] + said["aborts", "refuse"] > 25, said


@pytest.mark.long
def test_many_extreme_numbers() -> None:
    compare(range(1000, 7000))
