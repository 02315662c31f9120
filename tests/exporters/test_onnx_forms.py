"""ONNX forms: every operator beside ONNX Runtime, of floats and of integers, over all of its cases."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
from onnxruns import run_onnx

import selection
from batch import with_states
from floats import TOLERANCE, difference, draw_numbers, draw_stored
from lapel.exporters.onnx import write_onnx
from lapel.exporters.onnx.graph import forms
from lapel.ir import Graph
from lapel.ir.op import lowerable, well_formed
from lapel.ops import evaluate, registry, verify
from lapel.quantization import dequantized

DRAWS = 2
pytestmark = pytest.mark.selected
NAMES = [name for name in selection.operators() if name in forms()]

APART = {
    "div-int32_any": "ONNX Runtime refuses to divide integers by 0",
    "lstm": "its gates are of 16 bits, and its states are rounded at each step",
    "maximum-apart": "TFLite Micro compares the stored integers whatever their scales are",
    "minimum-apart": "as maximum",
    "neg": "LiteRT negates the stored integers whatever their scales are",
    "quantize-int8_int32": "beyond 32 bits TFLite Micro's shift and sum wrap; below, integers have more than float32's",
    "quantize-int16_int32": "as from int8",
    "relu-relu6_apart": "TFLite Micro limits the integers of x and ignores the scale of y",
    "rsqrt-int16": "of negative numbers",
    "select": "stored integers are moved whatever their scales are",
    "svdf": "the state's zero point is added behind the limit of a result, and wraps",
}
"""Operators, or cases of one, whose integers are not what they stand for, and why."""
COUNTS = {"softmax-int16": 512, "softmax-int16_many": 512, "sqdiff-int16": 8}
"""Counts by which the integers of these draws may be off, where it is not one: int16 by TFLite Micro's tables, and by
the scale to which it rounds operands before they are multiplied."""


def test_every_operator_of_a_file_has_a_form() -> None:
    """But custom ones, which ONNX has no operators for."""
    builtin = {name for name, op in registry().items() if any(form.custom is None for form in op.tflite)}
    assert builtin == set(forms())


def draws(name: str) -> list[tuple[str, Graph, np.random.Generator]]:
    """(case, graph, generator) of each draw of each case."""
    found = []
    for case in registry()[name].cases():
        for i in range(DRAWS):
            graph = case.draw(np.random.default_rng((zlib.crc32(case.name.encode()), i)))
            found.append((f"{name}-{case.name}", graph, np.random.default_rng(i)))
    return found


def given(graph: Graph, drawn: dict[str, np.ndarray], rng: np.random.Generator) -> dict[str, np.ndarray]:
    """A value for each input: what was drawn, truth values, and the initial states."""
    states = {c.state: np.ascontiguousarray(c.initial) for c in graph.carries}
    flags = {n: rng.integers(0, 2, t.type.shape).astype(np.bool_) for n, t in graph.tensors.items()}
    return {
        n: states[n] if n in states else flags[n] if graph.tensors[n].type.dtype == "bool" else drawn[n]
        for n in graph.inputs
    }


@pytest.mark.parametrize("name", NAMES)
def test_floats_are_onnx_runtime_s(name: str) -> None:
    for case, integers, rng in draws(name):
        plain = dequantized(integers)
        if case.endswith("-int32_any") or well_formed(registry()[name], plain.instance(plain.nodes[0])):
            continue
        graph = verify(with_states(plain))
        inputs = given(graph, draw_numbers(rng, integers), rng)
        want, found = evaluate(graph, inputs), run_onnx(write_onnx(graph), inputs)
        for o in graph.outputs:
            assert found[o].shape == want[o].shape, case
            assert difference(found[o], want[o]) <= TOLERANCE, f"{case}\n{graph}"


@pytest.mark.parametrize("name", NAMES)
def test_integers_are_within_a_count(name: str) -> None:
    compared = 0
    for case, drawn, rng in draws(name):
        inst = drawn.instance(drawn.nodes[0])
        if {name, case} & APART.keys() or lowerable(registry()[name], inst):
            continue
        graph = verify(with_states(drawn))
        stored = {n: t.type for n, t in graph.tensors.items() if t.type.dtype not in ("bool", "float32")}
        numbers = {n: x for n, x in draw_numbers(rng, drawn).items() if n not in stored}
        indexes = {n: draw_stored(rng, t) for n, t in stored.items() if n in graph.inputs}
        inputs = given(graph, {**numbers, **indexes}, rng)
        want, found = evaluate(graph, inputs), run_onnx(write_onnx(graph), inputs)
        for o in graph.outputs:
            assert found[o].dtype == want[o].dtype and found[o].shape == want[o].shape, case
            counts = np.abs(found[o].astype(np.float64) - want[o].astype(np.float64)).max()
            assert counts <= COUNTS.get(case, 1), f"{case}\n{graph}"
            compared += 1
    assert compared or name in APART or name == "shape"
