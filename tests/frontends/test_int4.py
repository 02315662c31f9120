"""Weights of four bits, as TFLite packs them: unpacked to int8 on import, and TFLite Micro's bits."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from modelfile import edit

from batch import with_states
from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.frontends.tflite.tensors import pack_int4, unpack_int4
from lapel.ir import Graph, Tensor
from lapel.ops import evaluate, registry
from oracle import run_tflite_micro


def narrow(graph: Graph, rng: np.random.Generator) -> Graph:
    """The same node with weights of -7..7."""
    w = graph.tensors["w"]
    values = rng.integers(-7, 8, w.type.shape, np.int8)
    return Graph(graph.name, graph.nodes, {**graph.tensors, "w": Tensor("w", w.type, values)}, ("x",), graph.outputs)


def pack(model: Any) -> None:
    """Store the weights as int4."""
    (w,) = (t for t in model.subgraphs[0].tensors if t.name == b"w")
    values = np.array(model.buffers[w.buffer].data, np.uint8).view(np.int8)
    pairs = np.append(values, np.zeros(len(values) % 2, np.int8)).reshape(-1, 2).astype(np.uint8) & 15
    model.buffers[w.buffer].data = pairs[:, 0] | pairs[:, 1] << 4
    w.type = schema.TensorType.INT4


@pytest.mark.parametrize(("op", "k"), [("conv", 0), ("conv", 1), ("depthwise", 0), ("depthwise", 1), ("dense", 0)])
def test_outputs_equal_tflite_micro(op: str, k: int) -> None:
    rng = np.random.default_rng(3)
    for seed in range(4):
        graph = narrow(registry()[op].cases()[k].draw(np.random.default_rng(seed)), rng)
        data = edit(write_tflite(graph), pack)
        back = read_tflite(data, "narrow")
        w = back.tensors["w"]
        assert w.type.dtype == "int8" and np.array_equal(w.data, graph.tensors["w"].data)
        x = rng.integers(-128, 128, graph.tensors["x"].type.shape, np.int8)
        (want,) = run_tflite_micro(data, [x])
        assert (evaluate(back, {"x": x})["y0"].reshape(-1) == want.reshape(-1)).all()


@pytest.mark.parametrize("op", ["conv", "depthwise", "dense"])
def test_they_are_written_in_four_bits(op: str) -> None:
    """Where the values allow it; the graph that is read is the same, and TFLite Micro's outputs are."""
    rng = np.random.default_rng(3)
    for seed in range(3):
        wide = registry()[op].cases()[0].draw(np.random.default_rng(seed))
        graph = narrow(wide, rng)
        data, plain = write_tflite(graph, int4=True), write_tflite(graph)
        assert data != plain and write_tflite(wide, int4=True) == write_tflite(wide)
        types = [t.type for t in schema.ModelT.InitFromPackedBuf(data).subgraphs[0].tensors]
        assert types.count(schema.TensorType.INT4) == 1
        assert read_tflite(data, "n").digest() == read_tflite(plain, "n").digest()
        x = rng.integers(-128, 128, graph.tensors["x"].type.shape, np.int8)
        assert (run_tflite_micro(data, [x])[0] == run_tflite_micro(plain, [x])[0]).all()


def test_weights_that_something_else_reads_stay_as_they_are() -> None:
    graph = narrow(registry()["dense"].cases()[0].draw(np.random.default_rng(2)), np.random.default_rng(3))
    twice = Graph(graph.name, graph.nodes, graph.tensors, graph.inputs, (*graph.outputs, "w"))
    assert write_tflite(twice, int4=True) == write_tflite(twice)
    wide = registry()["conv"].cases()
    case = next(c for c in wide if c.draw(np.random.default_rng(0)).tensors["x"].type.dtype == "int16")
    graph = narrow(case.draw(np.random.default_rng(0)), np.random.default_rng(3))
    assert write_tflite(graph, int4=True) == write_tflite(graph)


@pytest.mark.parametrize("count", [0, 1, 2, 7])
def test_packing_is_undone_by_unpacking(count: int) -> None:
    values = np.arange(-8, 8, dtype=np.int8)[:count]
    assert unpack_int4(pack_int4(values))[:count].tolist() == values.tolist()


def test_halves_of_a_byte() -> None:
    assert unpack_int4(np.array([0x18, 0xF7], np.uint8)).tolist() == [-8, 1, 7, -1]


def test_content_that_is_too_short() -> None:
    def shorten(model: Any) -> None:
        pack(model)
        (w,) = (t for t in model.subgraphs[0].tensors if t.name == b"w")
        model.buffers[w.buffer].data = model.buffers[w.buffer].data[:-1]

    graph = narrow(registry()["dense"].cases()[0].draw(np.random.default_rng(2)), np.random.default_rng(3))
    with pytest.raises(UnsupportedModel, match=r"bytes of content, expected \d+ for int4"):
        read_tflite(edit(write_tflite(graph), shorten))


def test_activations_of_four_bits_are_refused() -> None:
    def retype(model: Any) -> None:
        model.subgraphs[0].tensors[0].type = schema.TensorType.INT4

    graph = registry()["relu"].cases()[0].draw(np.random.default_rng(2))
    with pytest.raises(UnsupportedModel, match="has dtype int4"):
        read_tflite(edit(write_tflite(graph), retype))


def test_operands_of_four_bits_are_refused_elsewhere() -> None:
    """TFLite Micro reads their bytes as int8."""

    def retype(model: Any) -> None:
        (c,) = (t for t in model.subgraphs[0].tensors if model.buffers[t.buffer].data is not None)
        c.type = schema.TensorType.INT4

    graph = registry()["greater"].cases()[2].draw(np.random.default_rng(2))
    with pytest.raises(UnsupportedModel, match="is int4, which only weights of CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONN"):
        read_tflite(edit(write_tflite(graph), retype))


@pytest.mark.parametrize("op", ["batchmatmul", "svdf", "tconv"])
def test_no_other_kernel_unpacks_them(op: str) -> None:
    """TFLite Micro refuses such weights, too."""
    graph = with_states(registry()[op].cases()[op == "batchmatmul"].draw(np.random.default_rng(1)))
    names = [t.name.encode() for t in graph.tensors.values() if t.data is not None and t.type.dtype == "int8"]

    def retype(model: Any) -> None:
        for t in model.subgraphs[0].tensors:
            if t.name in names:
                t.type = schema.TensorType.INT4

    data = edit(write_tflite(graph), retype)
    with pytest.raises(UnsupportedModel, match="is int4, which only weights of CONV_2D"):
        read_tflite(data)
    with pytest.raises(RuntimeError, match="failed to allocate"):
        run_tflite_micro(data, [np.zeros(graph.tensors[n].type.shape, np.int8) for n in graph.arguments])


def test_doubles_with_a_scale_are_told() -> None:
    """They are no integers whose range a zero point could leave."""

    def retype(model: Any) -> None:
        model.subgraphs[0].tensors[0].type = schema.TensorType.FLOAT64

    graph = registry()["relu"].cases()[0].draw(np.random.default_rng(2))
    with pytest.raises(UnsupportedModel, match="RELU at op 0"):
        read_tflite(edit(write_tflite(graph), retype))
