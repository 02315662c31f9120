"""Operators between QuantizeLinear and DequantizeLinear, each within one count of ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from onnxmodels import drawn, model, run
from test_onnx import given, off

import lapel
from lapel.ops import evaluate

SHAPE = (1, 4, 6, 8)
RNG = np.random.default_rng(0)
WHOLE, HALF, LOGS = (1 / 256, -128), (1 / 128, 0), (1 / 16, 127)
"""Outputs that TensorFlow Lite prescribes."""
Case = tuple[Any, ...]
"""(nodes from d to h, constants, shape of the output, its scale, its zero point); weights are constants named w."""


def one(op: str, *inputs: str, constants: Any = None, shape: Any = SHAPE, y: Any = (0.05, 3), **attrs: Any) -> Case:
    return [(op, ["d", *inputs], ["h"], attrs)], constants or {}, shape, *y


CASES: dict[str, Case] = {
    "ConvTranspose": one(
        "ConvTranspose", "w", constants={"w": drawn(RNG, 4, 3, 3, 3)}, shape=(1, 3, 13, 17), strides=[2, 2]
    ),
    "Conv": one("Conv", "w", constants={"w": drawn(RNG, 3, 4, 1, 1)}, shape=(1, 3, 6, 8)),
    "Resize": one("Resize", "", "k", constants={"k": np.float32([1, 1, 2, 2])}, shape=(1, 4, 12, 16), mode="linear"),
    "PRelu": one("PRelu", "w", constants={"w": drawn(RNG, 4, 1, 1)}),
    "LeakyRelu": one("LeakyRelu", alpha=0.2),
    "HardSwish": one("HardSwish"),
    "Sigmoid": one("Sigmoid", y=WHOLE),
    "Sigmoid at another scale": one("Sigmoid", y=(0.0045, -128)),
    "Tanh": one("Tanh", y=HALF),
    "Elu": one("Elu"),
    "Gelu": one("Gelu"),
    "Softmax over channels": one("Softmax", axis=1, y=WHOLE),
    "LogSoftmax": one("LogSoftmax", y=LOGS),
    "Mul": one("Mul", "d", y=(0.1, -100)),
    "Sub": one("Sub", "w", constants={"w": drawn(RNG, 4, 1, 1)}),
    "Div": one("Div", "k", constants={"k": np.float32(3)}, y=(0.02, 3)),
    "Neg": one("Neg"),
    "Exp": one("Exp", y=(0.25, -128)),
    "ReduceMean": one("ReduceMean", "k", constants={"k": np.int64([2, 3])}, shape=(1, 4), keepdims=0),
    "ReduceSum": one("ReduceSum", "k", constants={"k": np.int64([2, 3])}, shape=(1, 4), y=(0.8, 3), keepdims=0),
    "ReduceMax": one("ReduceMax", "k", constants={"k": np.int64([1])}, shape=(1, 1, 6, 8)),
    "Concat": one("Concat", "d", shape=(1, 8, 6, 8), axis=1),
    "Pad": one("Pad", "k", constants={"k": np.int64([0, 0, 1, 1, 0, 0, 2, 2])}, shape=(1, 4, 9, 11)),
    "Clip": one("Clip", "k", "l", constants={"k": np.float32(-1.5), "l": np.float32(2)}),
    "DepthToSpace": one("DepthToSpace", shape=(1, 1, 12, 16), blocksize=2),
    "AveragePool": one("AveragePool", kernel_shape=[3, 3], pads=[1, 1, 1, 1]),
    "MatMul": one("MatMul", "w", constants={"w": drawn(RNG, 8, 5)}, shape=(1, 4, 6, 5)),
}


def content_of(case: Case) -> bytes:
    nodes, constants, shape, scale, zero = case
    w = constants.get("w")
    found = {"xs": np.float32(0.031), "xz": np.int8(5), "ys": np.float32(scale), "yz": np.int8(zero), **constants}
    before = [("QuantizeLinear", ["x", "xs", "xz"], ["q"]), ("DequantizeLinear", ["q", "xs", "xz"], ["d"])]
    if w is not None:
        step = np.float32(np.abs(w).max() / 127)
        found |= {"w8": np.rint(w / step).astype(np.int8), "ws": step, "wz": np.int8(0)}
        del found["w"]
        before.append(("DequantizeLinear", ["w8", "ws", "wz"], ["w"]))
    behind = [("QuantizeLinear", ["h", "ys", "yz"], ["r"]), ("DequantizeLinear", ["r", "ys", "yz"], ["y"])]
    return model([*before, *nodes, *behind], {"x": SHAPE}, {"y": shape}, found, opset=20)


@pytest.mark.parametrize("name", CASES)
def test_operator(name: str) -> None:
    content = content_of(CASES[name])
    graph = lapel.load(content)
    assert not [t for t in graph.tensors.values() if t.type.dtype == "float32"]
    x = np.random.default_rng(1).uniform(-4, 4, SHAPE).astype(np.float32)
    (want,) = run(content, {"x": x})
    assert off(graph, x, want.transpose(graph.origin.layouts.get("y", range(want.ndim)))).max() <= 1


def test_what_has_no_integer_form_computes_in_floats() -> None:
    case = one("LayerNormalization", "k", constants={"k": np.ones(8, np.float32)}, y=(0.03, 3))
    content = content_of(case)
    graph = lapel.load(content)
    assert graph.nodes[0].op == "dequantize" and graph.nodes[-1].op == "quantize"
    x = np.random.default_rng(1).uniform(-4, 4, SHAPE).astype(np.float32)
    (want,) = run(content, {"x": x})
    assert off(graph, x, want).max() <= 1
    assert evaluate(graph, {"x": given(graph, x)})["y"].dtype == np.int8
