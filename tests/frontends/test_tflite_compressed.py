"""Constants that TensorFlow Lite Micro's tools compress: the tensors that they were, and TFLite Micro's outputs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from compressedfile import (
    HUFFMAN,
    LUT,
    PRUNING,
    compress_by_decode,
    compress_by_metadata,
    encode_huffman,
    header,
    huffman_tables,
    make_tables,
    tensor_named,
    values_of,
)
from modelfile import Model, canonical, dense_file, edit
from tflite_micro import compression
from tflite_micro.tensorflow.lite.micro.compression import spec

from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.frontends.tflite.compressions import Layout, decode
from lapel.ir import Graph, Tensor, Type
from lapel.ops import evaluate, evaluate_sequence, registry
from oracle import run_tflite_micro, run_tflite_micro_sequence
from statenets import counter


def drawn(op: str, case: int, count: int, seed: int = 0) -> Graph:
    """A case of an operator whose weights have so many values at most."""
    rng = np.random.default_rng(seed)
    graph = registry()[op].cases()[case].draw(rng)
    w = graph.tensors["w"]
    values = rng.choice(rng.integers(-127, 128, count).astype(np.int8), w.type.shape)
    return Graph(graph.name, graph.nodes, {**graph.tensors, "w": Tensor("w", w.type, values)}, ("x",), graph.outputs)


def draw_input(t: Type, rng: np.random.Generator) -> np.ndarray:
    info = np.iinfo(t.dtype)
    return rng.integers(info.min, info.max, t.shape, t.dtype, endpoint=True)


def check(data: bytes, plain: bytes) -> None:
    """The compressed file is the graph of the other one, and TFLite Micro makes the same of it."""
    graph, rng = read_tflite(data, "n"), np.random.default_rng(0)
    assert canonical(graph).digest() == canonical(read_tflite(plain, "n")).digest()
    inputs = {n: draw_input(graph.tensors[n].type, rng) for n in graph.inputs}
    (want,) = run_tflite_micro(data, list(inputs.values()))
    assert np.array_equal(evaluate(graph, inputs)[graph.outputs[0]].reshape(-1), want.reshape(-1))


OPERATORS = [("dense", 0), ("dense", 1), ("conv", 1), ("conv", 2), ("depthwise", 1), ("tconv", 1)]


@pytest.mark.parametrize(("op", "case"), OPERATORS)
def test_tables_of_the_metadata(op: str, case: int) -> None:
    for bits in range(1, 8):
        plain = write_tflite(drawn(op, case, 1 << bits, bits))
        check(edit(plain, lambda m, bits=bits: compress_by_metadata(m, {"w": bits})), plain)


def test_other_constants_of_the_metadata() -> None:
    """Biases, int32 of int8 layers and int64 of int16 layers; an operand of CONCATENATION."""
    for op, case, name in (("dense", 1, "bias"), ("conv", 6, "bias"), ("concat", 1, "x2")):
        plain = write_tflite(registry()[op].cases()[case].draw(np.random.default_rng(0)))
        check(edit(plain, lambda m, name=name: compress_by_metadata(m, {name: 7})), plain)


def micro_compressed(data: bytes, *wanted: tuple[str, int, Any]) -> bytes:
    """As the compressor of TensorFlow Lite Micro writes it: (tensor, bits, mode)."""
    names = [t.name.decode() for t in Model.InitFromPackedBuf(data).subgraphs[0].tensors]
    b = compression.SpecBuilder()
    for name, bits, mode in wanted:
        b.add_tensor(subgraph=0, tensor=names.index(name)).with_lut(bits, mode)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is this small grows
        return bytes(compression.compress(data, b.build()))


@pytest.mark.parametrize(
    ("op", "case", "mode"),
    [("dense", 0, spec.PerTensor()), ("conv", 1, spec.PerChannel(axis=0)), ("depthwise", 1, spec.PerChannel(axis=3))],
)
def test_files_of_its_compressor(op: str, case: int, mode: Any) -> None:
    for bits in (1, 3, 4, 7):
        plain = write_tflite(drawn(op, case, 1 << bits))
        check(micro_compressed(plain, ("w", bits, mode)), plain)


def test_several_constants_of_one_operator() -> None:
    data = dense_file()
    wanted = (("w0", 4, spec.PerChannel(axis=0)), ("b0", 2, spec.PerChannel(axis=0)), ("w1", 3, spec.PerTensor()))
    check(micro_compressed(data, *wanted), data)


def test_one_table_for_many_scales() -> None:
    """The header says so; kernels of the time when it did not look for more."""
    plain = write_tflite(drawn("conv", 1, 8))
    graph = read_tflite(micro_compressed(plain, ("w", 3, spec.PerTensor())))
    assert np.array_equal(graph.tensors["w_decoded"].data, read_tflite(plain).tensors["w"].data)


def lut_without_axis(bits: int) -> Callable[[Model], None]:
    """A header from before it named an axis: tables are along the axis of the scales."""

    def change(m: Model) -> None:
        values, q = values_of(m, "w"), tensor_named(m, "w").quantization
        tabled = make_tables(values, bits, q.quantizedDimension if len(q.scale) > 1 else None)
        ancillary = header(LUT, bits, tabled.tables.shape[1])
        compress_by_decode(m, "w", tabled.content, np.append(ancillary, tabled.tables.view(np.uint8)))

    return change


@pytest.mark.parametrize(("op", "case"), OPERATORS)
def test_tables_without_an_axis(op: str, case: int) -> None:
    for bits in (2, 5):
        plain = write_tflite(drawn(op, case, 1 << bits, bits))
        check(edit(plain, lut_without_axis(bits)), plain)


def prune(m: Model, name: str = "w") -> None:
    """Take out what is the zero point."""
    values, q = values_of(m, name), tensor_named(m, name).quantization
    zeros = np.array(q.zeroPoint, values.dtype)
    along = zeros.reshape([-1 if k == q.quantizedDimension else 1 for k in range(values.ndim)])
    kept = values != (along if len(zeros) > 1 else zeros[0])
    compress_by_decode(m, name, np.packbits(kept), np.append(header(PRUNING), values[kept].view(np.uint8)))


def with_constant(graph: Graph, name: str, values: np.ndarray) -> Graph:
    t = Tensor(name, graph.tensors[name].type, values)
    return Graph(graph.name, graph.nodes, {**graph.tensors, name: t}, graph.inputs, graph.outputs)


@pytest.mark.parametrize(("op", "case"), [*OPERATORS, ("dense", 4)])
def test_pruning(op: str, case: int) -> None:
    graph = drawn(op, case, 5)
    w = graph.tensors["w"]
    gone = np.random.default_rng(1).random(w.type.shape) < 0.7
    plain = write_tflite(with_constant(graph, "w", np.where(gone, w.type.quant.zero[0], w.data).astype(np.int8)))
    check(edit(plain, prune), plain)


def test_pruning_along_channels_with_zero_points() -> None:
    """No kernel of TFLite Micro takes such weights, but its decoder makes them; here of channels along axis 0."""
    layout = Layout((2, 3), "int8", 2, 0, (5, -7))
    found = decode(np.array([0b01000100], np.uint8), np.append(header(PRUNING), np.uint8([1, 255])), layout)
    assert found.tolist() == [5, 1, 5, -7, -7, -1]


def make_huffman(m: Model, name: str, first: int, entry_bits: int) -> None:
    """Code words of up to eight values, the shortest of one bit."""
    values = values_of(m, name)
    lengths = dict(zip(np.unique(values).tolist(), (1, 2, 4, 4, 4, 5, 6, 6), strict=False))
    tables, words = huffman_tables(lengths, first, entry_bits)
    ancillary = header(HUFFMAN, (first - 1) << 4 | (entry_bits == 32))
    compress_by_decode(m, name, encode_huffman(values, words), np.append(ancillary, tables.view(np.uint8)))


@pytest.mark.parametrize(("first", "entry_bits"), [(2, 16), (3, 32), (5, 16), (6, 32)])
def test_huffman(first: int, entry_bits: int) -> None:
    """Code words that are shorter and longer than the first look-up."""
    for op, case in (("dense", 0), ("conv", 2)):
        plain = write_tflite(drawn(op, case, 8))
        check(edit(plain, lambda m: make_huffman(m, "w", first, entry_bits)), plain)


def test_constants_of_int16() -> None:
    graph, rng = registry()["add"].cases()[8].draw(np.random.default_rng(0)), np.random.default_rng(0)
    values = rng.choice(np.array([0, 0, 0, -30000, 7, 12345], np.int16), graph.tensors["b"].type.shape)
    plain = write_tflite(with_constant(graph, "b", values))
    check(edit(plain, lambda m: prune(m, "b")), plain)
    check(edit(plain, lambda m: make_huffman(m, "b", 3, 32)), plain)


def test_initial_values_of_a_state() -> None:
    """In the subgraph of a CALL_ONCE."""
    graph, initial = counter(np.random.default_rng(0)), np.arange(-8, 9, dtype=np.int8)[None]
    graph = replace(graph, carries=tuple(replace(c, initial=initial) for c in graph.carries))

    def change(m: Model) -> None:
        tabled = make_tables(values_of(m, "s/initial", 1), 5, None)
        ancillary = np.append(header(LUT, 5 | 15 << 4, tabled.tables.size), tabled.tables.view(np.uint8))
        compress_by_decode(m, "s/initial", tabled.content, ancillary, subgraph=1)

    data = edit(write_tflite(graph), change)
    found = read_tflite(data)
    assert np.array_equal(found.carries[0].initial, initial)
    steps = [{"x": draw_input(found.tensors["x"].type, np.random.default_rng(k))} for k in range(2)]
    want = run_tflite_micro_sequence(data, [list(s.values()) for s in steps])
    for made, outputs in zip(evaluate_sequence(found, steps), want, strict=True):
        assert all(np.array_equal(made[r], w) for r, w in zip(found.results, outputs, strict=True))
