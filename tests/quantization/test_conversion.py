"""Float graphs to integer graphs: types of tied tensors, what stands beside them, and the same bits everywhere."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import lapel
from floatnets import Net, images, small_net
from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph, Quant, Type
from lapel.ops import evaluate
from lapel.ops.softmax import OUTPUT
from lapel.quantization import choose_types, convert, dequantized, numbers, observe, observers, stored
from oracle import run_tflite_micro


def types_of(graph: Graph, x: np.ndarray, dtypes: str = "int8") -> dict[str, Type]:
    seen = observe(graph, {graph.arguments[0]: x[:, None]}, observers()["minmax"])
    return choose_types(graph, {n: o.found(dtypes) for n, o in seen.items()}, dtypes)


def outputs(graph: Graph, x: np.ndarray) -> np.ndarray:
    """float64 (N, …): what the outputs for samples stand for."""
    (name,), (y,) = graph.arguments, graph.results
    t = graph.tensors[name].type
    given = [v[None] if t.quant is None else stored(t, v[None]) for v in x]
    return np.stack([numbers(graph.tensors[y].type, evaluate(graph, {name: v})[y]) for v in given])


def sqnr(found: np.ndarray, want: np.ndarray) -> float:
    return float(10 * np.log10((want**2).sum() / ((found - want) ** 2).sum()))


@pytest.fixture(scope="module")
def net() -> Graph:
    return small_net()


@pytest.fixture(scope="module")
def x(net: Graph) -> np.ndarray:
    return images(net, 24)


def test_tied_tensors_have_one_type(net: Graph, x: np.ndarray) -> None:
    made = convert(net, types_of(net, x))
    of = {n: (t.type.dtype, t.type.quant) for n, t in made.tensors.items()}
    assert of["image"] == of["border"]
    assert of["first"] == of["left"] == of["joined"] == of["scaled"]  # pooled, and joined with each other
    assert of["right"] != of["left"] != of["both"]
    assert of["softmax"] == ("int8", OUTPUT)
    assert [n.name for n in made.nodes] == [n.name for n in net.nodes]


def test_stored_attributes_and_constants(net: Graph, x: np.ndarray) -> None:
    made = convert(net, types_of(net, x))
    (border,) = [n for n in made.nodes if n.name == "border"]
    t = made.tensors["border"].type
    assert border.attrs["value"] == round(0.25 / t.scale) + t.zero
    gain = made.tensors["gain"]
    assert np.abs(numbers(gain.type, gain.data) - net.tensors["gain"].data).max() <= gain.type.scale / 2
    w, b, a = (made.tensors[n] for n in ("first/w", "first/b", "border"))
    assert w.type.quant.axis == 0 and np.abs(w.data).max(axis=(1, 2, 3)).tolist() == [127] * 8
    assert b.type.dtype == "int32"
    assert b.type.quant.scale == tuple(float(np.float32(a.type.scale) * np.float32(s)) for s in w.type.quant.scale)


@pytest.mark.parametrize(("dtype", "bits", "least"), [("int8", None, 24), ("int16", None, 45), ("int8", 4, 8)])
def test_near_the_float_graph(net: Graph, x: np.ndarray, dtype: str, bits: int | None, least: float) -> None:
    made = convert(net, types_of(net, x, dtype), weight_bits=bits)
    fresh = images(net, 12, seed=5)
    assert least < sqnr(outputs(made, fresh), outputs(net, fresh)) < least + 20


def test_weights_of_four_bits(net: Graph, x: np.ndarray) -> None:
    made = convert(net, types_of(net, x), weight_bits={"first/w": 4})
    assert np.abs(made.tensors["first/w"].data).max() == 7 and np.abs(made.tensors["right/w"].data).max() == 127


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_tflite_micro_says_the_same(net: Graph, x: np.ndarray, dtype: str) -> None:
    made = convert(net, types_of(net, x, dtype))
    written = write_tflite(made)
    t = made.tensors["image"].type
    for v in x[:4]:
        q = stored(t, v[None])
        (want,) = run_tflite_micro(written, [q])
        assert (evaluate(made, {"image": q})[made.outputs[0]] == want).all()
    again = read_tflite(written)
    assert (evaluate(again, {"image": q})[again.outputs[0]] == want).all()


def test_firmware_says_the_same(net: Graph, x: np.ndarray) -> None:
    found = lapel.quantize(net, x)
    result = lapel.run(found.graph, "cortex-m4", x[:2])
    assert result.bit_exact and result.float_agreement is not None


def test_unlike_operands_are_requantized(net: Graph, x: np.ndarray) -> None:
    """Types of somebody else: the pool's and the join's operands differ from what these make."""
    types = types_of(net, x)
    types["left"] = replace(types["left"], quant=Quant((types["left"].scale * 2,), (types["left"].zero,)))
    made = convert(net, types)
    assert [n.op for n in made.nodes].count("quantize") >= 2
    assert made.tensors["left"].type == types["left"]
    assert sqnr(outputs(made, x), outputs(net, x)) > 15


def test_dtypes_by_tensor(net: Graph, x: np.ndarray) -> None:
    """int16 around one layer: changes of format stand where it begins and ends."""
    seen = observe(net, {"image": x[:, None]}, observers()["minmax"])
    ranges = {n: o.found("int8") for n, o in seen.items()}
    made = convert(net, choose_types(net, ranges, {"right": "int16"}))
    assert made.tensors["right"].type.dtype == "int16" and made.tensors["left"].type.dtype == "int8"
    (right,) = [n for n in made.nodes if n.name == "right"]
    assert right.inputs[0] == "left/int16" and right.attrs["rounding"] == "reduced"
    assert made.tensors[right.inputs[2]].type.dtype == "int64"


def test_what_has_no_integer_row_stays_float() -> None:
    b = Net("half")
    x = b.input("x", (1, 6))
    centre, slope = (b.constant(n, np.linspace(1, 2, 6).astype(np.float32)) for n in ("centre", "slope"))
    y = b.node("floatsub", x, centre, name="centred")
    y = b.node("floatmul", y, slope, name="scaled")
    net = b.graph(b.dense(y, "scores", 3))
    data = np.random.default_rng(0).normal(0, 1, (16, 6)).astype(np.float32)
    made = convert(net, types_of(net, data))
    assert [n.op for n in made.nodes] == ["floatsub", "floatmul", "quantize", "dense"]
    assert made.tensors["x"].type.dtype == "float32" and made.tensors["scores"].type.dtype == "int8"
    assert sqnr(outputs(made, data), outputs(net, data)) > 30


def test_what_kernels_cannot_compute_is_told_at_once() -> None:
    b = Net("wide")
    x = b.input("x", (1, 8))
    for k in range(2):
        x = b.node("relu", x, activation="relu_n1_to_1", name=f"limit{k}")
    data = np.random.default_rng(0).normal(0, 1, (8, 8)).astype(np.float32)
    net = b.graph(x)
    with pytest.raises(
        UnsupportedModel, match=r"wide: cannot be quantized: 2 problems:[^.]*relu_n1_to_1 of int16"
    ) as e:
        convert(net, types_of(net, data, "int16"))
    assert len(e.value.problems) == 2


def test_a_bias_that_given_scales_of_weights_cannot_hold_is_told() -> None:
    """Scales that are chosen here leave it room instead."""
    b = Net("bias")
    w, bias = b.constant("w", np.zeros((1, 4), np.float32)), b.constant("bias", np.float32([3e9]))
    attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
    net = b.graph(b.node("dense", b.input("x", (1, 4)), w, bias, name="y", **attrs))
    unit = {name: Type(shape, "int8", Quant((1.0,), (0,))) for name, shape in (("x", (1, 4)), ("y", (1, 1)))}
    with pytest.raises(
        UnsupportedModel, match=r"node 'y' \(dense\): bias is 3e\+09 steps .* expected what int32 holds"
    ):
        convert(net, {**unit, "w": Type((1, 4), "int8", Quant((1.0,), (0,), None))})
    found = convert(net, unit).tensors["bias"]
    assert found.data is not None and numbers(found.type, found.data) == pytest.approx(3e9)


def test_dead_tensors() -> None:
    """A layer that gives zeros alone, and a channel of no weights with a bias."""
    b = Net("dead")
    x = b.input("x", (1, 4))
    w = b.constant("w", np.array([[0, 0, 0, 0], [1, -1, 1, 0]], np.float32))
    y = b.node("dense", x, w, b.constant("b", np.array([3, 0], np.float32)), activation="none", keep_dims=False)
    none = b.node("dense", y, b.constant("v", np.zeros((3, 2), np.float32)), None, activation="relu", keep_dims=False)
    net = b.graph(y, none)
    data = np.random.default_rng(0).normal(0, 1, (8, 4)).astype(np.float32)
    made = convert(net, types_of(net, data))
    t = made.tensors[y.name].type
    found = evaluate(made, {"x": stored(made.tensors["x"].type, data[:1])})
    assert abs(numbers(t, found[y.name])[0, 0] - 3) <= t.scale
    assert not numbers(made.tensors[none.name].type, found[none.name]).any()


def test_there_and_back(net: Graph, x: np.ndarray) -> None:
    made = convert(net, types_of(net, x))
    floats = dequantized(made)
    assert {t.type.dtype for t in floats.tensors.values()} == {"float32"}
    again = convert(floats, {n: t.type for n, t in made.tensors.items()})
    assert again.digest() == made.digest()
