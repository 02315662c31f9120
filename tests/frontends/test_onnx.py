"""ONNX models against ONNX Runtime: float, QDQ and QOperator."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnxmodels import drawn, integers_by_node, model, network, quantized, run

import lapel
from lapel.building import GraphBuilder
from lapel.exporters.onnx import write_onnx
from lapel.ir import DTYPES, Graph, Type
from lapel.ops import evaluate, evaluate_node

DENSE = ("Gemm", ["x", "w"], ["y"])


def given(graph: Graph, x: np.ndarray) -> np.ndarray:
    """Floats of the model's one input as the graph takes them: in its order of axes, quantized if it is."""
    (name,) = graph.inputs
    t = graph.tensors[name].type
    x = x.transpose(graph.origin.layouts.get(name, range(x.ndim)))
    return x if t.quant is None else stored(t, x)


def stored(t: Type, x: np.ndarray) -> np.ndarray:
    info = np.iinfo(DTYPES[t.dtype])
    return np.clip(np.rint(x / np.float32(t.scale)) + t.zero, info.min, info.max).astype(info.dtype)


def off(graph: Graph, x: np.ndarray, want: np.ndarray) -> np.ndarray:
    """By how many counts the integers of the output are off those that the model's floats stand for."""
    t = graph.tensors[graph.outputs[0]].type
    y = evaluate(graph, {graph.inputs[0]: given(graph, x)})[graph.outputs[0]]
    return np.abs(y.astype(np.int64) - stored(t, want).astype(np.int64))


def check_each_node(graph: Graph, content: bytes, x: np.ndarray) -> None:
    """Every node is within one count of ONNX Runtime's, given ONNX Runtime's integers."""
    theirs = integers_by_node(content, {graph.inputs[0]: x})
    values = {name: t.data for name, t in graph.tensors.items() if t.data is not None}
    values[graph.inputs[0]] = given(graph, x)
    requantized = {n.inputs[0]: n for n in graph.nodes if n.op == "quantize"}
    compared = 0
    for node in graph.nodes:
        (made,) = evaluate_node(graph, node, values)
        want = theirs.get(node.name)
        later = requantized.get(node.outputs[0])
        if want is not None and later is not None:  # an operator that has a scale of its own, and then the model's
            theirs[later.name] = want
        elif want is not None and want.size == made.size:
            if want.ndim == made.ndim >= 3:
                want = want.transpose(0, *range(2, want.ndim), 1)
            want = want.astype(int).reshape(made.shape) - (128 if want.dtype == np.uint8 else 0)
            assert np.abs(made.astype(int) - want).max() <= 1, node.name
            made = want.astype(made.dtype)
            compared += 1
        values[node.outputs[0]] = made
    assert compared >= 8


def test_the_public_float_model(shared: Path) -> None:
    path = shared / "models/micro-kws/float.onnx"
    graph = lapel.load(path)
    for seed in range(3):
        x = np.random.default_rng(seed).uniform(-4, 4, (1, 1960)).astype(np.float32)
        (want,) = run(path.read_bytes(), {graph.inputs[0]: x})
        assert np.abs(evaluate(graph, {graph.inputs[0]: x})[graph.outputs[0]] - want).max() < 1e-4
    assert graph.outputs == ("StatefulPartitionedCall:0",)
    assert "transpose" not in {n.op for n in graph.nodes}


@pytest.mark.parametrize("form", ["qdq", "qoperator"])
def test_the_public_quantized_models(shared: Path, form: str) -> None:
    content = (shared / f"models/micro-kws/{form}.onnx").read_bytes()
    graph = lapel.load(content)
    t = graph.tensors[graph.inputs[0]].type
    rng, counts = np.random.default_rng(5), list[np.ndarray]()
    for k in range(8):
        x = rng.normal(0, 1, (1, 1960)) if k < 4 else np.abs(rng.normal(0, k, (1, 1960)))
        x = ((stored(t, x).astype(np.float32) - t.zero) * np.float32(t.scale)).astype(np.float32)
        counts.append(off(graph, x, run(content, {graph.inputs[0]: x})[0]))
        if k < 4:  # within the range that the model was quantized for
            assert counts[-1].max() <= 1
        if k % 4 == 0:
            check_each_node(graph, content, x)
    assert (np.concatenate(counts) <= 1).mean() > 0.97
    assert {graph.tensors[n].type.dtype for n in (*graph.inputs, *graph.outputs)} == {"int8"}
    assert "transpose" not in {n.op for n in graph.nodes}


@pytest.mark.long
@pytest.mark.parametrize("form", ["qdq", "qoperator"])
def test_how_near_the_public_quantized_models_are(shared: Path, form: str) -> None:
    """The figures of docs/guide-onnx.md."""
    content = (shared / f"models/micro-kws/{form}.onnx").read_bytes()
    graph, rng = lapel.load(content), np.random.default_rng(5)
    t = graph.tensors[graph.inputs[0]].type

    def counts(x: np.ndarray) -> np.ndarray:
        x = ((stored(t, x).astype(np.float32) - t.zero) * np.float32(t.scale)).astype(np.float32)
        return off(graph, x, run(content, {graph.inputs[0]: x})[0])

    near = np.concatenate([counts(rng.normal(0, 1, (1, 1960))) for _ in range(150)])
    far = np.concatenate([counts(np.abs(rng.normal(0, 4 + k % 4, (1, 1960)))) for k in range(150)])
    assert near.size == 1500 and near.max() == 0
    assert (far <= 1).mean() > 0.97 and far.max() <= 7


def test_an_int8_model_comes_back_from_onnx(shared: Path, tmp_path: Path) -> None:
    graph = lapel.load(shared / "models/micro-kws/int8.tflite")
    lapel.convert(graph, tmp_path / "net.onnx")
    back = lapel.load(tmp_path / "net.onnx")
    assert [n.op for n in back.nodes] == [n.op for n in graph.nodes]
    for seed in range(3):
        x = np.random.default_rng(seed).integers(-128, 128, (1, 1960), np.int8)
        ours, theirs = (evaluate(g, {g.inputs[0]: x})[g.outputs[0]] for g in (graph, back))
        assert (ours == theirs).all()


@pytest.mark.long
@pytest.mark.parametrize("form", ["qdq", "qoperator"])
def test_firmware_of_the_public_quantized_models(shared: Path, tmp_path: Path, form: str) -> None:
    path = shared / f"models/micro-kws/{form}.onnx"
    x = np.random.default_rng(1).uniform(-4, 4, (2, 1960)).astype(np.float32)
    result = lapel.run(path, "cortex-m4", inputs=x)
    assert result.bit_exact and result.samples == 2


def test_a_network_of_floats() -> None:
    rng = np.random.default_rng(1)
    content = network(rng)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == [
        "conv", "depthwise", "conv", "add", "maxpool", "conv", "mean", "reshape", "dense", "dense",
    ]  # fmt: skip
    assert graph.origin.layouts == {"x": (0, 2, 3, 1)} and graph.tensors["x"].type.shape == (1, 16, 12, 3)
    x = rng.normal(size=(1, 3, 16, 12)).astype(np.float32)
    y = evaluate(graph, {"x": given(graph, x)})["logits"]
    assert np.abs(y - run(content, {"x": x})[0]).max() < 1e-5


@pytest.mark.parametrize("form", ["QDQ", "QOperator"])
@pytest.mark.parametrize("activations", ["QInt8", "QUInt8"])
def test_a_network_that_onnx_runtime_quantized(tmp_path: Path, form: str, activations: str) -> None:
    from onnxruntime.quantization import QuantType

    rng = np.random.default_rng(2)
    samples = [{"x": rng.normal(size=(1, 3, 16, 12)).astype(np.float32)} for _ in range(5)]
    kinds = {"activation_type": QuantType[activations], "weight_type": QuantType.QInt8}
    # Weights of 7 bits: without VNNI, ONNX Runtime cuts the sum of two products of uint8 and int8 to 16 bits.
    kinds |= {"reduce_range": activations == "QUInt8", "per_channel": activations == "QInt8"}
    content = quantized(network(rng), tmp_path, samples, form, **kinds)
    graph = lapel.load(content)
    assert {graph.tensors[n].type.dtype for n in (*graph.inputs, *graph.outputs)} == {"int8"}
    assert {t.type.dtype for t in graph.tensors.values()} == {"int8", "int32"}
    counts = [off(graph, sample["x"], run(content, sample)[0]) for sample in samples]
    assert np.max(counts) <= 2 and np.mean(counts) < 0.5  # each node adds to what those before it were off
    check_each_node(graph, content, samples[0]["x"])


def chain(op: str, scales: list[float], zeros: list[int], dtype: str, attrs: dict[str, Any] | None = None) -> Any:
    """(nodes, constants) of an operator of ONNX Runtime between QuantizeLinear and DequantizeLinear."""
    *given, last = range(len(scales))
    constants: dict[str, Any] = {}
    nodes: list[Any] = []
    for k, (scale, zero) in enumerate(zip(scales, zeros, strict=True)):
        constants |= {f"s{k}": np.float32(scale), f"z{k}": np.array(zero, dtype)}
    for k in given:
        nodes.append(("QuantizeLinear", ["x", f"s{k}", f"z{k}"], [f"q{k}"]))
    ins = [name for k in given for name in (f"q{k}", f"s{k}", f"z{k}")]
    ends = [f"s{last}", f"z{last}"]
    ins = [*ends, *ins] if op == "QLinearConcat" else [*ins, *([""] if op == "QLinearReduceMean" else []), *ends]
    nodes.append(onnx.helper.make_node(op, ins, ["q"], domain="com.microsoft", **(attrs or {})))
    nodes.append(("DequantizeLinear", ["q", *ends], ["y"]))
    return nodes, constants


INTEGERS: dict[str, tuple[int, dict[str, Any], tuple[int, ...]]] = {
    "QLinearAdd": (2, {}, (1, 2, 6, 4)),
    "QLinearMul": (2, {}, (1, 2, 6, 4)),
    "QLinearAveragePool": (1, {"kernel_shape": [2, 2], "strides": [2, 2]}, (1, 2, 3, 2)),
    "QLinearGlobalAveragePool": (1, {}, (1, 2, 1, 1)),
    "QLinearSigmoid": (1, {}, (1, 2, 6, 4)),
    "QLinearLeakyRelu": (1, {"alpha": 0.1}, (1, 2, 6, 4)),
    "QLinearSoftmax": (1, {"opset": 13, "axis": -1}, (1, 2, 6, 4)),
    "QLinearConcat": (2, {"axis": 1}, (1, 4, 6, 4)),
}


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
@pytest.mark.parametrize("op", INTEGERS)
def test_operators_on_integers(op: str, dtype: str) -> None:
    count, attrs, shape = INTEGERS[op]
    shift = 128 if dtype == "uint8" else 0
    scale, zero = (1 / 256, -128) if op in ("QLinearSigmoid", "QLinearSoftmax") else (0.031, 5)
    scales = [*[0.03, 0.027][:count], scale]
    zeros = [*[3 + shift, -9 + shift][:count], zero + shift]
    nodes, constants = chain(op, scales, zeros, dtype, attrs)
    content = model(nodes, {"x": (1, 2, 6, 4)}, {"y": shape}, constants, microsoft=True)
    graph = lapel.load(content)
    x = np.random.default_rng(0).uniform(-4, 4, (1, 2, 6, 4)).astype(np.float32)
    t = graph.tensors[graph.outputs[0]].type
    y = evaluate(graph, {"x": given(graph, x) if graph.tensors["x"].type.quant else x.transpose(order(graph))})
    want = run(content, {"x": x})[0].transpose(graph.origin.layouts.get("y", range(4)))
    found = y[graph.outputs[0]]
    off_by = np.abs(found.astype(int) - stored(t, want).astype(int)) if t.quant else np.abs(found - want) / scale
    assert off_by.max() < 1.01


def order(graph: Graph) -> Any:
    return graph.origin.layouts.get("x", range(4))


def test_inputs_and_outputs_of_integers() -> None:
    """uint8 at the ends, as QOperator models have them that were cut out of others."""
    rng = np.random.default_rng(0)
    constants = {
        "xs": np.float32(0.02), "xz": np.uint8(120), "ws": np.float32([0.01, 0.02, 0.005]), "wz": np.zeros(3, np.int8),
        "ys": np.float32(0.05), "yz": np.uint8(131),
        # 7 bits: without VNNI, ONNX Runtime cuts the sum of two products to 16 bits.
        "w": rng.integers(-63, 64, (3, 2, 3, 3), np.int8),
        "b": rng.integers(-900, 900, 3, np.int32),
    }  # fmt: skip
    nodes = [("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], ["y"], {"pads": [1, 1, 1, 1]})]
    content = model(nodes, {"x": ("uint8", 1, 2, 5, 4)}, {"y": ("uint8", 1, 3, 5, 4)}, constants)
    graph = lapel.load(content)
    x = rng.integers(0, 256, (1, 2, 5, 4), np.uint8)
    (want,) = run(content, {"x": x})
    mine = (x.astype(int) - 128).astype(np.int8).transpose(graph.origin.layouts["x"])
    y = evaluate(graph, {"x": mine})["y"].astype(int)
    assert np.abs(y + 128 - want.transpose(graph.origin.layouts["y"]).astype(int)).max() <= 1
    assert str(graph.tensors["x"].type) == "int8[1,5,4,2] 0.02*(q+8)"


def test_a_dense_layer_whose_weights_have_a_zero_point() -> None:
    rng = np.random.default_rng(4)
    constants = {
        "s": np.float32(0.1), "z": np.uint8(128), "ws": np.float32(0.02), "wz": np.uint8(100),
        "q": rng.integers(0, 256, (8, 3), np.uint8),
    }  # fmt: skip
    nodes = [
        ("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        ("DequantizeLinear", ["xq", "s", "z"], ["xd"]),
        ("DequantizeLinear", ["q", "ws", "wz"], ["w"]),
        ("MatMul", ["xd", "w"], ["h"]),
        ("QuantizeLinear", ["h", "s", "z"], ["hq"]),
        ("DequantizeLinear", ["hq", "s", "z"], ["y"]),
    ]
    content = model(nodes, {"x": (1, 8)}, {"y": (1, 3)}, constants)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == ["dense"]
    for _ in range(5):
        x = rng.uniform(-3, 3, (1, 8)).astype(np.float32)
        assert off(graph, x, run(content, {"x": x})[0]).max() <= 1


@pytest.mark.parametrize("dtype", ["int8", "int16"])
def test_weights_that_the_model_rounds_itself(dtype: str) -> None:
    """As QAT exporters write them; activations of int16 have operators of their own before operator set 21."""
    rng = np.random.default_rng(6)
    domain = {"domain": "com.microsoft"} if dtype == "int16" else {}
    step = np.float32(0.05 if dtype == "int8" else 0.0003)
    constants = {
        "w": drawn(rng, 6, 3, 3, 3), "ws": np.float32([0.01, 0.02, 0.005, 0.01, 0.03, 0.02]),
        "wz": np.zeros(6, np.int8),
        "b": drawn(rng, 6), "s": step, "z": np.zeros((), dtype),
    }  # fmt: skip
    ends = [
        onnx.helper.make_node(op, [x, "s", "z"], [y], **domain)
        for op, x, y in (
            ("QuantizeLinear", "x", "xq"), ("DequantizeLinear", "xq", "xd"),
            ("QuantizeLinear", "r", "rq"), ("DequantizeLinear", "rq", "y"),
        )
    ]  # fmt: skip
    nodes = [
        *ends[:2],
        ("QuantizeLinear", ["w", "ws", "wz"], ["wq"], {"axis": 0}),
        ("DequantizeLinear", ["wq", "ws", "wz"], ["wd"], {"axis": 0}),
        ("Conv", ["xd", "wd", "b"], ["h"], {"pads": [1, 1, 1, 1]}),
        ("Relu", ["h"], ["r"]),
        *ends[2:],
    ]
    content = model(nodes, {"x": (1, 3, 6, 5)}, {"y": (1, 6, 6, 5)}, constants, microsoft=True)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == ["conv"] and graph.tensors["y"].type.dtype == dtype
    assert graph.nodes[0].attrs["activation"] == "relu"
    x = rng.normal(size=(1, 3, 6, 5)).astype(np.float32)
    want = run(content, {"x": x})[0].transpose(graph.origin.layouts["y"])
    assert off(graph, x, want).max() <= 1


def test_an_image_of_bytes() -> None:
    rng = np.random.default_rng(6)
    constants = {"mean": np.float32(127.5), "part": np.float32(1 / 127.5), "w": drawn(rng, 4, 3, 3, 3)}
    nodes = [
        ("Cast", ["x"], ["f"], {"to": 1}),
        ("Sub", ["f", "mean"], ["c"]),
        ("Mul", ["c", "part"], ["n"]),
        ("Conv", ["n", "w"], ["y"]),
    ]
    content = model(nodes, {"x": ("uint8", 1, 3, 6, 5)}, {"y": (1, 4, 4, 3)}, constants)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == ["dequantize", "conv"]
    x = rng.integers(0, 256, (1, 3, 6, 5), np.uint8)
    mine = (x.astype(int) - 128).astype(np.int8).transpose(graph.origin.layouts["x"])
    y = evaluate(graph, {"x": mine})["y"]
    assert np.abs(y - run(content, {"x": x})[0].transpose(graph.origin.layouts["y"])).max() < 1e-5


def test_integers_that_are_moved_before_they_are_numbers() -> None:
    rng = np.random.default_rng(6)
    constants = {"s": np.float32(0.02), "z": np.uint8(120), "w": drawn(rng, 4, 3, 3, 3)}
    nodes = [
        ("Transpose", ["x"], ["t"], {"perm": [0, 3, 1, 2]}),
        ("DequantizeLinear", ["t", "s", "z"], ["d"]),
        ("Conv", ["d", "w"], ["y"]),
    ]
    content = model(nodes, {"x": ("uint8", 1, 6, 5, 3)}, {"y": (1, 4, 4, 3)}, constants)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == ["dequantize", "conv"]
    assert str(graph.tensors["x"].type) == "int8[1,6,5,3] 0.02*(q+8)"
    x = rng.integers(0, 256, (1, 6, 5, 3), np.uint8)
    y = evaluate(graph, {"x": (x.astype(int) - 128).astype(np.int8)})["y"]
    assert np.abs(y - run(content, {"x": x})[0].transpose(graph.origin.layouts["y"])).max() < 1e-5


def test_between_operators_without_scales_floats_stay() -> None:
    constants = {"s": np.float32(0.05), "z": np.int8(3), "w": drawn(np.random.default_rng(0), 4, 4)}
    nodes = [
        ("QuantizeLinear", ["x", "s", "z"], ["q"]),
        ("DequantizeLinear", ["q", "s", "z"], ["d"]),
        ("MatMul", ["d", "w"], ["h"]),
        ("Tanh", ["h"], ["y"]),
    ]
    content = model(nodes, {"x": (1, 4)}, {"y": (1, 4)}, constants)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == ["dequantize", "dense", "tanh"]
    x = np.float32([[0.3, -2, 5, 1]])
    y = evaluate(graph, {"x": given(graph, x)})["y"]
    assert np.abs(y - run(content, {"x": x})[0]).max() < 1e-5


def test_casts_of_truth_values() -> None:
    nodes = [
        ("Cast", ["x"], ["t"], {"to": 9}),
        ("Cast", ["t"], ["f"], {"to": 1}),
        ("CastLike", ["f", "x"], ["g"]),
        ("Add", ["g", "x"], ["y"]),
    ]
    content = model(nodes, {"x": (1, 4)}, {"y": (1, 4)})
    x = np.float32([[0, -2, 0.5, 0]])
    graph = lapel.load(content)
    assert (evaluate(graph, {"x": x})["y"] == run(content, {"x": x})[0]).all()


def test_shape_arithmetic_is_done_at_import() -> None:
    """As PyTorch writes x.view(x.shape[0], -1)."""
    nodes = [
        ("Shape", ["x"], ["s"]),
        ("Constant", [], ["zero"], {"value_int": 0}),
        ("Gather", ["s", "zero"], ["n"]),
        ("Constant", [], ["axes"], {"value_ints": [0]}),
        ("Unsqueeze", ["n", "axes"], ["n1"]),
        ("Constant", [], ["rest"], {"value_ints": [-1]}),
        ("Concat", ["n1", "rest"], ["to"], {"axis": 0}),
        ("Reshape", ["x", "to"], ["y"]),
    ]
    graph = lapel.load(model(nodes, {"x": ("N", 2, 3)}, {"y": ("N", 6)}))
    assert [n.op for n in graph.nodes] == ["reshape"]
    assert graph.tensors["y"].type.shape == (1, 6)


def test_weights_beside_the_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    w = drawn(rng, 300, 5)
    proto = onnx.load_model_from_string(model([DENSE], {"x": (1, 300)}, {"y": (1, 5)}, {"w": w}))
    onnx.save(proto, tmp_path / "net.onnx", save_as_external_data=True, location="net.onnx.data", size_threshold=0)
    graph = lapel.load(tmp_path / "net.onnx")
    x = rng.normal(size=(1, 300)).astype(np.float32)
    assert np.abs(evaluate(graph, {"x": x})["y"] - x @ w).max() < 1e-4


@pytest.mark.parametrize(
    "products",
    [
        [("Mul", ["x", "a"], ["p"]), ("Mul", ["p", "half"], ["y"])],
        [("Mul", ["half", "a"], ["p"]), ("Mul", ["p", "x"], ["y"])],
        [("Mul", ["x", "half"], ["p"]), ("Mul", ["p", "a"], ["y"])],
    ],
)
@pytest.mark.parametrize("scale", [("Div", 2**0.5), ("Mul", 2**-0.5)])
def test_gelu_in_parts(products: list[Any], scale: tuple[str, float]) -> None:
    op, factor = scale
    constants = {"root": np.float32(factor), "one": np.float32(1), "half": np.float32([0.5])}
    nodes = [(op, ["x", "root"], ["s"]), ("Erf", ["s"], ["e"]), ("Add", ["e", "one"], ["a"]), *products]
    content = model(nodes, {"x": (1, 9)}, {"y": (1, 9)}, constants)
    graph = lapel.load(content)
    assert [n.op for n in graph.nodes] == ["gelu"]
    x = np.linspace(-3, 3, 9, dtype=np.float32).reshape(1, 9)
    assert np.abs(evaluate(graph, {"x": x})["y"] - run(content, {"x": x})[0]).max() < 1e-6


def test_ends_that_share_a_tensor_have_their_names() -> None:
    nodes = [("Relu", ["x"], ["a"]), ("Identity", ["a"], ["b"]), ("Identity", ["x"], ["c"])]
    graph = lapel.load(model(nodes, {"x": (1, 4)}, {"a": (1, 4), "b": (1, 4), "c": (1, 4)}))
    x = np.float32([[1, -1, 2, -2]])
    values = evaluate(graph, {"x": x})
    assert graph.outputs == ("a", "b", "c")
    assert all((values[n] == want).all() for n, want in zip("abc", (x.clip(0), x.clip(0), x), strict=True))


def test_an_input_that_is_an_output_keeps_its_name() -> None:
    rng = np.random.default_rng(0)
    b = GraphBuilder("net")
    x, w = b.input("x", (1, 4, 5, 2)), b.constant("w", drawn(rng, 3, 1, 1, 2))
    attrs = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "none"}
    graph = b.graph(x, b.node("conv", x, w, None, name="y", **attrs))
    for origin in (graph.origin, replace(graph.origin, layouts={"x": (0, 2, 3, 1)})):
        back = lapel.load(write_onnx(replace(graph, origin=origin)))
        assert back.inputs == ("x",) and back.outputs == ("x", "y")
        given = rng.normal(size=(1, 4, 5, 2)).astype(np.float32)
        want, found = evaluate(graph, {"x": given}), evaluate(back, {"x": given})
        assert all(np.array_equal(found[name], want[name]) for name in graph.outputs)


def test_a_node_may_be_called_as_an_input() -> None:
    """Names of nodes and of values have nothing to do with one another."""
    nodes = [
        onnx.helper.make_node("Relu", ["a"], ["r"], name="b"),
        onnx.helper.make_node("Cast", ["b"], ["f"], to=onnx.TensorProto.FLOAT),
        onnx.helper.make_node("Add", ["r", "f"], ["y"]),
    ]
    graph = lapel.load(model(nodes, {"a": (1, 2), "b": ("uint8", 1, 2)}, {"y": (1, 2)}))
    assert graph.inputs == ("a", "b")
    values = {"a": np.float32([[-1, 2]]), "b": np.int8([[-128, -125]])}
    assert evaluate(graph, values)["y"].tolist() == [[0, 5]]


@pytest.mark.parametrize("exponent", [1, 2, 3, 0.5, -0.5, -1])
def test_powers_have_the_shape_of_the_exponent_too(exponent: float) -> None:
    constants = {"n": np.full((2, 1), exponent, np.float32)}
    content = model([("Pow", ["x", "n"], ["y"])], {"x": (1, 3)}, {"y": (2, 3)}, constants)
    x = np.float32([[1, 4, 0.25]])
    found, want = evaluate(lapel.load(content), {"x": x})["y"], run(content, {"x": x})[0]
    assert found.shape == want.shape and np.abs(found - want).max() < 1e-5


def test_a_bias_near_the_end_of_32_bits_is_not_clipped() -> None:
    constants = {
        "xs": np.float32(0.01), "xz": np.int8(0), "ws": np.float32(1e-9), "wz": np.int8(0),
        "ys": np.float32(1.6e-4), "yz": np.int8(0), "w": np.full((1, 2, 1, 1), 3, np.int8),
        "b": np.int32([1_600_000_000]),
    }  # fmt: skip
    nodes = [("QLinearConv", ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"], ["y"])]
    content = model(nodes, {"x": ("int8", 1, 2, 3, 3)}, {"y": ("int8", 1, 1, 3, 3)}, constants)
    graph, x = lapel.load(content), np.zeros((1, 2, 3, 3), np.int8)
    found = evaluate(graph, {"x": x.transpose(0, 2, 3, 1)})["y"]
    assert set(found.reshape(-1)) == set(run(content, {"x": x})[0].reshape(-1)) == {100}


def test_the_least_integer_of_weights_is_kept() -> None:
    constants = {
        "s": np.float32(0.1), "z": np.uint8(128), "ws": np.float32(0.02), "wz": np.int8(0),
        "q": np.int8([[-128, 127, -127], [-128, -128, 1]]),
    }  # fmt: skip
    nodes = [
        ("QuantizeLinear", ["x", "s", "z"], ["xq"]),
        ("DequantizeLinear", ["xq", "s", "z"], ["xd"]),
        ("DequantizeLinear", ["q", "ws", "wz"], ["w"]),
        ("MatMul", ["xd", "w"], ["h"]),
        ("QuantizeLinear", ["h", "s", "z"], ["hq"]),
        ("DequantizeLinear", ["hq", "s", "z"], ["y"]),
    ]
    graph = lapel.load(model(nodes, {"x": (1, 2)}, {"y": (1, 3)}, constants))
    (found,) = (t.data for t in graph.tensors.values() if t.data is not None)
    assert found is not None and np.array_equal(found, constants["q"].T)


@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_a_zero_point_that_is_not_given_is_the_0_of_the_integers(dtype: str) -> None:
    nodes = [("DequantizeLinear", ["x", "s"], ["y"])]
    x = np.arange(20, 28).astype(dtype).reshape(1, 8)
    content = model(nodes, {"x": (dtype, 1, 8)}, {"y": (1, 8)}, {"s": np.float32(0.5)})
    graph = lapel.load(content)
    mine = (x.astype(int) - (128 if dtype == "uint8" else 0)).astype(np.int8)
    found, t = evaluate(graph, {"x": mine})[graph.outputs[0]], graph.tensors[graph.outputs[0]].type
    found = found if t.quant is None else (found.astype(int) - t.zero) * t.scale
    np.testing.assert_allclose(found, run(content, {"x": x})[0], atol=1e-6)
