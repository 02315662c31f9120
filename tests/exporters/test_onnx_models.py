"""Whole models as .onnx files, run by ONNX Runtime."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnxruns import run_onnx

import lapel
from batch import draw_samples
from floats import TOLERANCE, difference
from lapel.building import GraphBuilder
from lapel.exporters.onnx import write_onnx
from lapel.exporters.onnx.file import OPSET, OPSET_16_BITS
from lapel.ir import Graph, Origin
from lapel.ops import evaluate

FLOATS = {
    "mlperf-tiny/ad_float": 0,
    "mlperf-tiny/ic_float": 2,
    "mlperf-tiny/vww_float": 2,
    "public/pacman_float": 2,
    "public/kws_hybrid": 2,
}
"""Float models, and the transposes that are left: one at each end of what computes with the channels first."""

INTEGERS = {
    "mlperf-tiny/kws_int8": 12,
    "mlperf-tiny/ad_int8": 2,
    "mlperf-tiny/ic_int8": 32,
    "mlperf-tiny/vww_int8": 1,
    "mlperf-tiny/sww_int8": 1,
    "micro-kws/int8": 32,
    "public/okay_nabu": 1,
}
"""Integer models, and the counts by which outputs differ at most: what single counts of inner layers grow to, in
classes that a softmax of large logits tells apart."""


def load(shared: Path, model: str) -> Graph:
    return lapel.load(shared / f"models/{model}.tflite")


@pytest.mark.parametrize("model", FLOATS)
def test_floats(shared: Path, model: str) -> None:
    graph, rng = load(shared, model), np.random.default_rng(0)
    data = write_onnx(graph)
    inputs = {n: rng.random(graph.tensors[n].type.shape).astype(np.float32) for n in graph.inputs}
    want, found = evaluate(graph, inputs), run_onnx(data, inputs, optimized=True)
    assert all(difference(found[o], want[o]) <= TOLERANCE for o in graph.outputs)
    kinds = Counter(n.op_type for n in onnx.load_from_string(data).graph.node)
    assert kinds["Transpose"] == FLOATS[model]


@pytest.mark.parametrize("model", INTEGERS)
def test_integers(shared: Path, model: str) -> None:
    graph = load(shared, model)
    data, samples = write_onnx(graph), draw_samples(graph, np.random.default_rng(0), 5)
    states = {c.state: np.ascontiguousarray(c.initial) for c in graph.carries}
    for k in range(5):
        inputs = {**{n: x[k] for n, x in samples.items()}, **states}
        want, found = evaluate(graph, inputs), run_onnx(data, inputs, optimized=True)
        for o in graph.results:
            assert found[o].dtype == want[o].dtype and found[o].shape == want[o].shape
            assert np.abs(found[o].astype(np.int64) - want[o]).max() <= INTEGERS[model], k


def alone(graph: Graph, k: int) -> Graph:
    """One node of a graph as a graph."""
    node = graph.nodes[k]
    names = dict.fromkeys((*node.inputs, *node.outputs))
    tensors = {n: graph.tensors[n] for n in names if n}
    inputs = tuple(n for n in dict.fromkeys(node.inputs) if n and tensors[n].data is None)
    return Graph("layer", (node,), tensors, inputs, node.outputs)


@pytest.mark.parametrize("model", ["mlperf-tiny/ic_int8", "micro-kws/int8"])
def test_each_layer_is_within_a_count(shared: Path, model: str) -> None:
    graph, rng = load(shared, model), np.random.default_rng(1)
    x = {n: rng.integers(-128, 128, graph.tensors[n].type.shape, np.int8) for n in graph.inputs}
    values = evaluate(graph, x)
    for k, node in enumerate(graph.nodes):
        layer = alone(graph, k)
        found = run_onnx(write_onnx(layer), {n: values[n] for n in layer.inputs}, optimized=True)
        assert np.abs(found[node.outputs[0]].astype(np.int64) - values[node.outputs[0]]).max() <= 1, node.name


def test_states_are_further_apart_only_where_they_saturate(shared: Path) -> None:
    """TFLite Micro's SVDF adds the zero point behind the limit, which wraps, or is reached earlier or later."""
    graph = load(shared, "public/keyword_scrambled_int8")
    samples = draw_samples(graph, np.random.default_rng(0), 1)
    states = {c.state: np.ascontiguousarray(c.initial) for c in graph.carries}
    values = evaluate(graph, {**{n: x[0] for n, x in samples.items()}, **states})
    beyond = 0
    for k, node in enumerate(graph.nodes):
        layer = alone(graph, k)
        found = run_onnx(write_onnx(layer), {n: values[n] for n in layer.inputs}, optimized=True)
        for o in node.outputs:
            y, t = found[o].astype(np.int64), graph.tensors[o].type
            far = np.abs(y - values[o]) > 1
            assert not far.any() or o in {c.update for c in graph.carries}, node.name
            assert (np.isin(y, (-128, 127)) | (np.abs(y - t.zero) > 127))[far].all(), node.name
            beyond += int(far.sum())
    assert beyond


def test_weights_stay_integers(shared: Path) -> None:
    model = onnx.load_from_string(write_onnx(load(shared, "mlperf-tiny/ad_int8")))
    stored = Counter(onnx.helper.tensor_dtype_to_np_dtype(t.data_type).name for t in model.graph.initializer if t.dims)
    assert stored["int8"] >= 10 and stored["int32"] == 10
    assert model.opset_import[0].version == OPSET and model.producer_name == "lapel"


def test_16_bits_need_a_newer_operator_set(shared: Path) -> None:
    model = onnx.load_from_string(write_onnx(load(shared, "public/seanet/add_add0")))
    assert model.opset_import[0].version == OPSET_16_BITS


@pytest.mark.parametrize("model", ["mlperf-tiny/ic_float", "mlperf-tiny/vww_float", "mlperf-tiny/ad_float"])
def test_a_float_model_is_read_back(shared: Path, model: str) -> None:
    """The same operators, no transposes, and the same outputs."""
    graph, rng = load(shared, model), np.random.default_rng(0)
    again = lapel.load(write_onnx(graph))
    assert Counter(n.op for n in again.nodes) == Counter(n.op for n in graph.nodes)
    assert again.inputs == graph.inputs and again.outputs == graph.outputs
    x = {n: rng.random(graph.tensors[n].type.shape).astype(np.float32) for n in graph.inputs}
    want, found = evaluate(graph, x), evaluate(again, x)
    assert all(np.array_equal(found[o], want[o]) for o in graph.outputs)


def test_a_file_has_the_layouts_of_the_model_that_a_graph_came_from() -> None:
    """x [N, C, H, W] in the model, [N, H, W, C] in the graph; y [H, N] in the model."""
    b = GraphBuilder("net")
    x, w = b.input("x", (1, 4, 5, 2)), b.constant("w", np.ones((3, 1, 1, 2), np.float32))
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "none"}
    y = b.node("mean", b.node("conv", x, w, None, **attrs), name="y", axes=(2, 3), keep_dims=False, rounding="double")
    graph = b.graph(y, origin=Origin(layouts={"x": (0, 2, 3, 1), "y": (1, 0)}))
    data, given = write_onnx(graph), np.random.default_rng(0).random((1, 2, 4, 5)).astype(np.float32)
    found = run_onnx(data, {"x": given})["y"]
    want = evaluate(graph, {"x": np.ascontiguousarray(given.transpose(0, 2, 3, 1))})["y"]
    assert found.shape == (4, 1) and difference(np.ascontiguousarray(found.T), want) <= TOLERANCE


@pytest.mark.parametrize(
    "model",
    ["mlperf-tiny/kws_int8", "mlperf-tiny/ad_int8", "mlperf-tiny/ic_int8", "micro-kws/int8", "public/pacman_int8"],
)
def test_an_integer_model_is_read_back_to_the_bit(shared: Path, model: str) -> None:
    """QDQ loses nothing of a model: the same operators on the same types, the same integers in every tensor."""
    graph, rng = load(shared, model), np.random.default_rng(0)
    again = lapel.load(write_onnx(graph))
    assert Counter(n.op for n in again.nodes) == Counter(n.op for n in graph.nodes)
    x = {n: rng.integers(-128, 128, graph.tensors[n].type.shape, np.int8) for n in graph.inputs}
    want, found = evaluate(graph, x), evaluate(again, x)
    assert all(again.tensors[o].type == graph.tensors[o].type for o in graph.outputs)
    assert all(np.array_equal(found[o], want[o]) for o in graph.outputs)


def test_channels_that_are_first_in_the_model_need_no_transposes() -> None:
    """Neither at its input nor at its output, nor copies for the sake of names."""
    b = GraphBuilder("net")
    x, w = b.input("x", (1, 4, 5, 2)), b.constant("w", np.ones((3, 1, 1, 2), np.float32))
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "relu"}
    y = b.node("conv", x, w, None, name="y", **attrs)
    graph = b.graph(y, origin=Origin(layouts={"x": (0, 2, 3, 1), "y": (0, 2, 3, 1)}))
    data, given = write_onnx(graph), np.random.default_rng(0).standard_normal((1, 2, 4, 5)).astype(np.float32)
    assert [n.op_type for n in onnx.load_from_string(data).graph.node] == ["Conv", "Relu"]
    found = run_onnx(data, {"x": given})["y"]
    want = evaluate(graph, {"x": np.ascontiguousarray(given.transpose(0, 2, 3, 1))})["y"]
    assert difference(np.ascontiguousarray(found.transpose(0, 2, 3, 1)), want) <= TOLERANCE
    again = lapel.load(data)
    assert again.origin.layouts == graph.origin.layouts and [n.op for n in again.nodes] == ["conv"]
