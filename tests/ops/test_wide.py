"""int16 activations: what is read from files, what is refused and why, and which layers the fast kernels take."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lapel.families.draw import draw_type, symmetric_weights
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph, Tensor, Type
from lapel.ir.graph import Quant
from lapel.ir.op import lowerable, single
from lapel.ops import evaluate, registry
from lapel.ops.rsqrt import draw_rsqrt
from lapel.variants import variants
from oracle import run_tflite_micro

LAYER = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "none", "rounding": "reduced"}


def conv(bias: str = "int64", k: int = 4, **attrs: Any) -> Graph:
    rng = np.random.default_rng(1)
    x, w = draw_type(rng, "x", (1, 3, 3, k), "int16"), symmetric_weights(rng, "w", (2, 1, 1, k), 0)
    b = Tensor("bias", Type((2,), bias, Quant((1.0,), (0,))), np.array([5, -7], bias))
    y = Type((1, 3, 3, 2), "int16", Quant((0.001,), (0,)))
    return single("conv", [x, w, b], [y], {**LAYER, **attrs})


def dense(bias: str = "int64", **attrs: Any) -> Graph:
    rng = np.random.default_rng(2)
    x, w = draw_type(rng, "x", (1, 4), "int16"), symmetric_weights(rng, "w", (2, 4), 0)
    b = Tensor("bias", Type((2,), bias, Quant((1.0,), (0,))), np.array([5, -7], bias))
    y = Type((1, 2), "int16", Quant((0.001,), (0,)))
    return single("dense", [x, w, b], [y], {"activation": "none", "keep_dims": False, "rounding": "reduced", **attrs})


def with_data(g: Graph, name: str, data: np.ndarray) -> Graph:
    return replace(g, tensors={**g.tensors, name: Tensor(name, g.tensors[name].type, data)})


def with_scale(g: Graph, name: str, scale: float) -> Graph:
    t = g.tensors[name]
    quant = Quant((scale,), (0,))
    return replace(g, tensors={**g.tensors, name: Tensor(name, replace(t.type, quant=quant), t.data)})


def unary(op: str, x: Type, y: Type, **attrs: Any) -> Graph:
    return single(op, [Tensor("x", x)], [y], attrs)


def i16(*shape: int, scale: float = 1.0) -> Type:
    return Type(shape, "int16", Quant((scale,), (0,)))


def binary(op: str, scale: float) -> Graph:
    a, b = Tensor("a", i16(4, scale=scale)), Tensor("b", i16(4, scale=scale))
    return single(op, [a, b], [i16(4)], {"activation": "none"})


def pool(op: str, rows: int, columns: int) -> Graph:
    attrs = {"kernel": (rows, columns), "stride": (1, 1), "pad": (0, 0, 0, 0), "activation": "none"}
    return unary(op, i16(1, rows, columns, 1), i16(1, 1, 1, 1), **attrs)


REFUSED = [
    (conv(rounding="single"), "rounding of int16 is single, expected reduced or double"),
    (conv("int32"), "bias is int32, expected int64 for the rounding reduced"),
    (dense("int32"), "bias is int32, expected int64"),
    (dense(rounding="double"), "rounding of int16 is double, expected reduced"),
    (with_data(conv(), "bias", np.array([2**47, 0])), "expected below 2^47"),
    (with_data(conv("int32", rounding="double"), "bias", np.array([2**31 - 1, 0], np.int32)), "expected below 2^31"),
    (with_scale(conv(), "y0", 1e-12), "expected below 2^14"),
    (binary("add", 2.0**13), "over 2^13 times the output scale"),
    (binary("mul", 1.0), "over 2^0 times the output scale"),
    (pool("avgpool", 2**8, 2**8), "kernel has 65536 cells, expected at most 32768 of int16"),
    (unary("mean", i16(2**16), i16(1), axes=(0,), keep_dims=True, rounding="double"), "expected at most 2^15"),
    (unary("relu", i16(4), i16(4), activation="relu_n1_to_1"), "relu_n1_to_1 of int16"),
    (unary("logistic", i16(4), i16(4)), "expected scale 1/32768"),
    (unary("tanh", i16(4, scale=3.0), i16(4, scale=2**-15)), "input scale is 3, expected at most 2.66"),
    (unary("softmax", i16(4), i16(4), beta=1.0), "expected scale 1/32768"),
    (unary("softmax", i16(2**16, scale=1e-4), i16(2**16, scale=2**-15), beta=1.0), "1..65535 classes"),
    (unary("softmax", i16(4, scale=3.0), i16(4, scale=2**-15), beta=1.0), "beta 1 times scale 3: expected above 0"),
]


@pytest.mark.parametrize(("graph", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_refusals(graph: Graph, message: str) -> None:
    found = lowerable(registry()[graph.nodes[0].op], graph.instance(graph.nodes[0]))
    assert any(message in p for p in found), found


def test_the_bias_says_how_wide_sums_are() -> None:
    for bias, rounding in (("int64", "reduced"), ("int32", "double")):
        back = read_tflite(write_tflite(conv(bias, rounding=rounding)))
        assert back.nodes[0].attrs["rounding"] == rounding
        assert back.tensors[back.nodes[0].inputs[2]].type.dtype == bias
    bare = conv("int32", rounding="double")
    node = replace(bare.nodes[0], inputs=(*bare.nodes[0].inputs[:2], ""))
    back = read_tflite(write_tflite(replace(bare, nodes=(node,))))
    assert back.nodes[0].attrs["rounding"] == "double"
    zeros = back.tensors[back.nodes[0].inputs[2]].data
    assert zeros is not None and zeros.dtype == np.int32 and not zeros.any()


def test_an_int16_bias_of_a_transposed_convolution_is_widened() -> None:
    rng = np.random.default_rng(3)
    x, w = draw_type(rng, "x", (1, 2, 2, 3), "int16"), symmetric_weights(rng, "w", (2, 1, 1, 3), 0)
    bias = Tensor("bias", Type((2,), "int16", Quant((1.0,), (0,))), np.array([-30000, 30000], np.int16))
    attrs = {"size": (2, 2), "stride": (1, 1), "pad": (0, 0, 0, 0), "activation": "none", "rounding": "reduced"}
    graph = single("tconv", [x, w, bias], [i16(1, 2, 2, 2)], attrs)
    back = read_tflite(write_tflite(graph))
    found = back.tensors[back.nodes[0].inputs[2]].data
    assert found is not None and found.dtype == np.int64 and found.tolist() == [-30000, 30000]


def test_the_zero_point_of_an_int32_activation_is_read() -> None:
    x = Type((4,), "int32", Quant((0.5,), (-77,)))
    back = read_tflite(write_tflite(unary("quantize", x, i16(4), dtype="int16")))
    assert back.tensors[back.inputs[0]].type == x


def test_reciprocal_roots_equal_tflite_micro() -> None:
    """Below 0 it fails when it runs, so samples are drawn here."""
    for i in range(10):
        graph = draw_rsqrt(np.random.default_rng(i), dtype="int16")
        shape = graph.tensors["x"].type.shape
        x = np.random.default_rng(i).integers(0, 2**15, shape, np.int16)
        x.reshape(-1)[: 1 + i] = i
        theirs = run_tflite_micro(write_tflite(graph), [x])[0]
        assert (evaluate(graph, {"x": x})["y0"] == theirs).all(), graph


def reason(graph: Graph, kernel: str) -> str:
    """Why a variant does not take the graph's call; empty if it does."""
    (call,) = registry()[graph.nodes[0].op].lower(graph.instance(graph.nodes[0]))
    made = variants()[kernel].specialize(call)
    return made if isinstance(made, str) else ""


def grouped() -> Graph:
    g = conv()
    x = Tensor("x", Type((1, 3, 3, 8), "int16", g.tensors["x"].type.quant))
    return replace(g, tensors={**g.tensors, "x": x})


def multiplied() -> Graph:
    rng = np.random.default_rng(4)
    x, w = draw_type(rng, "x", (1, 3, 3, 2), "int16"), symmetric_weights(rng, "w", (1, 1, 1, 4), 3)
    return single("depthwise", [x, w, None], [i16(1, 3, 3, 4)], LAYER)


@pytest.mark.parametrize("core", ["dsp", "mve"])
def test_fast_kernels_say_why_they_do_not_take_a_layer(core: str) -> None:
    assert reason(conv(), f"conv16_{core}") == reason(dense(), f"dense16_{core}") == ""
    assert reason(conv("int32", rounding="double"), f"conv16_{core}") == "it rounds twice"
    wide = with_data(conv(k=600), "w", np.full((2, 1, 1, 600), 127, np.int8))
    assert reason(wide, f"conv16_{core}") == "a sum could need more than 32 bits"
    assert reason(with_scale(dense(), "y0", 1e-5), f"dense16_{core}") == "a multiplier is 1/4 or more"
    assert reason(grouped(), f"conv16_{core}") == "it has groups or is dilated"
    assert reason(multiplied(), f"depthwise16_{core}") == "it has a channel multiplier"
