"""Elementwise operators: refusals and their messages, all operand pairs, scales that tell precisions apart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter, OpResolverType

from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Quant, Tensor, Type
from lapel.ir.op import lowerable, single
from lapel.ops import evaluate, registry
from oracle import run_tflite_micro

EVERY = np.arange(-128, 128).astype(np.int8)
Q = Quant((0.5,), (3,))
SIGMOID, TANH, SIXTEENTHS = Quant((1 / 256,), (-128,)), Quant((1 / 128,), (0,)), Quant((1 / 16,), (127,))


def quant(scale: float, zero: int = 0) -> Quant:
    return Quant((float(np.float32(scale)),), (zero,))


def problems(op: str, inputs: list[Type | Tensor], y: Type, **attrs: Any) -> list[str]:
    tensors = [t if isinstance(t, Tensor) else Tensor(f"x{i}", t) for i, t in enumerate(inputs)]
    g = single(op, tensors, [y], attrs)
    return lowerable(registry()[op], g.instance(g.nodes[0]))


def i8(*shape: int, q: Quant | None = Q) -> Type:
    return Type(shape, "int8", q)


NONE = {"activation": "none"}
U8 = Type((4,), "uint8", Q)
FINE = quant(1e-7)
TINY, HUGE = quant(2.0**-31), quant(2.0**35)
BEYOND = "input scales are 1.07374e+09 times the output scale, expected below 2^30"
REFUSALS = [
    ("add", [i8(2, 3), i8(4)], i8(2, 3), NONE, "(2, 3) and (4,) do not broadcast"),
    ("add", [i8(2, 1, 2, 1, 2, 1), i8(2, 2, 2, 2, 2, 2)], i8(2, 2, 2, 2, 2, 2), NONE, "6 nested loops"),
    ("add", [U8, i8(4)], i8(4), NONE, "input 0 is uint8, expected int8"),
    ("add", [Type((4,), "int64"), Type((4,), "int64")], Type((4,), "int64"), NONE, "is int64, expected "),
    ("add", [i8(4), i8(4)], i8(4, q=FINE), NONE, "over 2^18 times the output scale"),
    ("sub", [i8(4), i8(4)], i8(4, q=FINE), NONE, "over 2^18 times the output scale"),
    ("mul", [i8(4), i8(4)], i8(4, q=FINE), NONE, "over 2^13 times the output scale"),
    ("div", [i8(4), i8(4)], i8(4, q=FINE), NONE, "over 2^22 times the output scale"),
    ("sqdiff", [i8(4, q=HUGE)] * 2, i8(4, q=TINY), {}, "input scales are 6.1897e+26 times"),
    ("greater", [i8(4), i8(4, q=quant(1.0))], Type((4,), "bool"), {}, "input 1 has scale 1, expected below 1"),
    (
        "less",
        [Type((4,), "bool"), Type((4,), "bool")],
        Type((4,), "bool"),
        {},
        "input 0 is bool, expected int8",
    ),
    ("equal", [i8(4), U8], Type((4,), "bool"), {}, "input 1 is uint8, expected int8"),
    ("select", [i8(4), i8(4), i8(4)], i8(4), {}, "condition is int8, expected bool"),
    ("logicaland", [i8(4), i8(4)], Type((4,), "bool"), {}, "input 1 is int8, expected bool"),
    ("logicalnot", [i8(4)], Type((4,), "bool"), {}, "input 0 is int8, expected bool"),
    ("cast", [i8(4)], Type((4,), "float32"), {"dtype": "float32"}, "attribute 'dtype' is 'float32', expected int8"),
    ("relu", [Type((4,), "int32", Q)], i8(4), {"activation": "relu"}, "input 0 is int32, expected int8"),
    ("relu", [Type((4,), "int16", Q)], i8(4), {"activation": "relu"}, "expected zero point 0"),
    ("logistic", [i8(4)], i8(4), {}, "expected scale 1/256 and zero point -128"),
    ("logsoftmax", [i8(4)], i8(4), {}, "expected scale 1/16 and zero point 127"),
    ("logsoftmax", [i8(4096)], i8(4096, q=SIXTEENTHS), {}, "expected a last axis of 1..4095 classes"),
    ("logsoftmax", [i8(4, q=quant(1e-9))], i8(4, q=SIXTEENTHS), {}, "input scale is 1e-09, expected above 2^-26"),
    ("l2norm", [i8(4)], i8(4), {}, "expected scale 1/128 and zero point 0"),
    ("l2norm", [i8(2, 32768)], i8(2, 32768, q=TANH), {}, "the last of at most 32767"),
    ("abs", [U8], i8(4), {}, "input 0 is uint8, expected int8"),
    ("rsqrt", [i8(4)], i8(4, q=quant(1e-20)), {}, "expected from 2^-12 to below 2^30"),
    (
        "reducemax",
        [i8(2, 4)],
        i8(2, q=FINE),
        {"axes": (1,), "keep_dims": False},
        "expected the scale and zero point",
    ),
    ("reducemin", [i8(1, 1, 1, 1, 1, 4)], i8(1, 1, 1, 1, 1), {"axes": (5,), "keep_dims": False}, "has 6 dimensions"),
    ("tanh", [i8(4)], i8(4), {}, "expected scale 1/128 and zero point 0"),
    ("hardswish", [i8(4)], i8(4, q=FINE), {}, "below 1/128 of that of the input"),
    ("leakyrelu", [U8], i8(4), {"alpha": 0.1}, "input 0 is uint8, expected int8"),
    ("prelu", [i8(4), i8(4)], i8(4), {}, "alpha is not a constant"),
    (
        "prelu",
        [i8(4), Tensor("s", i8(4), EVERY[:4])],
        i8(4, q=FINE),
        {},
        "is over 2^13 times the output scale",
    ),
    (
        "quantize",
        [Type((4,), "int32", Q)],
        Type((4,), "uint8", Q),
        {"dtype": "uint8"},
        "quantizes int32 to uint8, expected one of",
    ),
    ("quantize", [i8(4, q=None)], i8(4), {"dtype": "int8"}, "expected one scale and zero point each"),
    (
        "dequantize",
        [Type((4,), "int32", Q)],
        Type((4,), "float32"),
        {},
        "input is int32, expected one of int8, uint8, int16",
    ),
    ("dequantize", [i8(4, q=None)], Type((4,), "float32"), {}, "no per-tensor scale and zero point"),
    ("softmax", [i8(4)], i8(4), {"beta": 1.0}, "expected scale 1/256 and zero point -128"),
    ("softmax", [i8(4096)], i8(4096, q=SIGMOID), {"beta": 1.0}, "expected a last axis of 1..4095 classes"),
    ("softmax", [i8(4)], i8(4, q=SIGMOID), {"beta": 0.0}, "expected above 2^-26"),
    ("argmax", [U8], Type((), "int32"), {"axis": 0}, "input is uint8, expected int8"),
    ("argmax", [i8(4)], Type((), "int64"), {"axis": 0}, "output is int64, expected int32"),
]
RELU6, ENDS = {"activation": "relu6"}, "relu6 ends at 6, 2^31 times the output scale 4.65661e-10 or more"
CELL = {"stride": (1, 1), "pad": (0, 0, 0, 0), "activation": "none", "rounding": "double"}
POOL = {"kernel": (1, 1), "stride": (1, 1), "pad": (0, 0, 0, 0)}
DENSE = {"activation": "none", "keep_dims": False, "rounding": "double"}
MEAN = {"axes": (1,), "keep_dims": False, "rounding": "double"}


def weights(*shape: int) -> Tensor:
    return Tensor("w", Type(shape, "int8", Quant((1.0,), (0,))), np.ones(shape, np.int8))


REFUSALS += [
    ("relu", [i8(4)], i8(4, q=TINY), {"activation": "relu"}, BEYOND),
    ("quantize", [i8(4)], i8(4, q=TINY), {"dtype": "int8"}, BEYOND),
    ("quantize", [U8], i8(4, q=TINY), {"dtype": "int8"}, BEYOND),
    ("mean", [i8(1, 4)], i8(1, q=TINY), MEAN, BEYOND),
    ("dense", [i8(1, 4, q=HUGE), i8(2, 4)], i8(1, 2, q=TINY), DENSE, "input scales are 3.68935e+19 times"),
    ("dense", [i8(1, 33001), i8(1, 33001)], i8(1, 1), DENSE, "an accumulator could reach 2145890025"),
    ("batchmatmul", [i8(2, 3), i8(4, 5)], i8(2, 5), {"adj_x": False, "adj_y": False}, "sums of 3 and of 4"),
    ("batchmatmul", [i8(3), i8(3, 5)], i8(5), {"adj_x": False, "adj_y": False}, "expected 2 to 5 dimensions each"),
    ("sum", [i8(1, 4)], i8(1, q=TINY), MEAN, BEYOND),
    ("abs", [i8(4)], i8(4, q=TINY), {}, BEYOND),
    ("leakyrelu", [i8(4)], i8(4, q=TINY), {"alpha": 0.1}, BEYOND),
    ("leakyrelu", [i8(4)], i8(4), {"alpha": -(2.0**30)}, "input scales are -1.07374e+09 times"),
    ("leakyrelu", [i8(4)], i8(4), {"alpha": float("nan")}, "alpha is nan, expected a finite number"),
    ("leakyrelu", [i8(4)], i8(4), {"alpha": float("inf")}, "alpha is inf, expected a finite number"),
    ("dense", [i8(1, 4), weights(2, 4)], i8(1, 2, q=TINY), DENSE, BEYOND),
    ("dense", [i8(1, 4, q=quant(3e38)), weights(2, 4)], i8(1, 2), DENSE, "input scales are 6e+38 times"),
    ("conv", [i8(1, 1, 1, 4), weights(2, 1, 1, 4)], i8(1, 1, 1, 2, q=TINY), CELL | {"dilation": (1, 1)}, BEYOND),
    ("depthwise", [i8(1, 1, 1, 4), weights(1, 1, 1, 4)], i8(1, 1, 1, 4, q=TINY), CELL | {"dilation": (1, 1)}, BEYOND),
    ("tconv", [i8(1, 1, 1, 4), weights(2, 1, 1, 4)], i8(1, 1, 1, 2, q=TINY), CELL | {"size": (1, 1)}, BEYOND),
    ("logistic", [i8(4, q=quant(2.0**-29))], i8(4, q=SIGMOID), {}, "expected from 2^-28 to below 2^35"),
    ("tanh", [i8(4, q=HUGE)], i8(4, q=TANH), {}, "input scale is 3.43597e+10, expected from 2^-28 to below 2^35"),
    ("relu", [i8(4, q=TINY)], i8(4, q=TINY), RELU6, ENDS),
    ("add", [i8(4, q=TINY), i8(4, q=TINY)], i8(4, q=TINY), RELU6, ENDS),
    ("sub", [i8(4, q=TINY), i8(4, q=TINY)], i8(4, q=TINY), RELU6, ENDS),
    ("mul", [i8(4, q=TINY), i8(4)], i8(4, q=TINY), RELU6, ENDS),
    ("avgpool", [i8(1, 1, 1, 4, q=TINY)], i8(1, 1, 1, 4, q=TINY), POOL | RELU6, ENDS),
    ("maxpool", [i8(1, 1, 1, 4, q=TINY)], i8(1, 1, 1, 4, q=TINY), POOL | RELU6, ENDS),
    ("dense", [i8(1, 4, q=TINY), weights(2, 4)], i8(1, 2, q=TINY), DENSE | RELU6, ENDS),
]


@pytest.mark.parametrize(("op", "inputs", "y", "attrs", "message"), REFUSALS, ids=[f"{r[0]}-{r[4]}" for r in REFUSALS])
def test_refusals(op: str, inputs: list[Type | Tensor], y: Type, attrs: dict[str, Any], message: str) -> None:
    found = problems(op, inputs, y, **attrs)
    assert any(message in p for p in found), found


@pytest.mark.parametrize("ratio", [1.0, 0.5, 1 / 3, 2.0**-20, 3.0])
@pytest.mark.parametrize("op", ["add", "sub", "mul", "sqdiff", "maximum"])
def test_all_operand_pairs_equal_tflite_micro(op: str, ratio: float) -> None:
    a = Tensor("a", i8(256, 1, q=quant(0.07, -5)))
    b = Tensor("b", i8(1, 256, q=quant(0.07 * ratio, 17)))
    y_scale = 0.11 * (1 if op != "mul" else 3 * ratio)
    attrs = {} if op in ("sqdiff", "maximum") else NONE
    g = single(op, [a, b], [i8(256, 256, q=quant(y_scale, 9))], attrs)
    inputs = {"a": EVERY.reshape(256, 1), "b": EVERY.reshape(1, 256)}
    (want,) = run_tflite_micro(write_tflite(g), list(inputs.values()))
    assert (evaluate(g, inputs)["y0"] == want).all()


@pytest.mark.parametrize("activation", ["tanh", "sign_bit"])
@pytest.mark.parametrize(
    "op", ["add", "avgpool", "conv", "dense", "depthwise", "div", "maxpool", "mul", "sub", "tconv"]
)
def test_activations_that_tflite_micro_leaves_out(op: str, activation: str) -> None:
    g = registry()[op].cases()[0].draw(np.random.default_rng(5))
    g = replace(g, nodes=(replace(g.nodes[0], attrs={**g.nodes[0].attrs, "activation": activation}),))
    assert lowerable(registry()[op], g.instance(g.nodes[0])) == []
    inputs = {n: np.full(g.tensors[n].type.shape, 77, np.int8) for n in g.inputs}
    data = write_tflite(g)
    assert read_tflite(data).nodes[0].attrs["activation"] == activation
    (want,) = run_tflite_micro(data, list(inputs.values()))
    assert (evaluate(g, inputs)[g.outputs[0]] == want.reshape(g.tensors[g.outputs[0]].type.shape)).all()


@pytest.mark.parametrize("ratio", [3000.0, 90.0, 4.0, 0.3])
def test_quotients_of_all_operand_pairs(ratio: float) -> None:
    """TFLite Micro's bits where its C is defined, else beyond every bound, or the zero point."""
    a, b = Tensor("a", i8(256, 1, q=quant(0.5, -5))), Tensor("b", i8(1, 256, q=quant(0.25, 17)))
    g = single("div", [a, b], [i8(256, 256, q=quant(2 / ratio, 9))], NONE)
    inputs = {"a": EVERY.reshape(256, 1), "b": EVERY.reshape(1, 256)}
    (want,) = run_tflite_micro(write_tflite(g), list(inputs.values()))
    got = evaluate(g, inputs)["y0"]
    u, v = EVERY.astype(int).reshape(256, 1) + 5, np.abs(EVERY.astype(int).reshape(1, 256) - 17)
    u = np.where(EVERY.astype(int) < 17, -u, u)
    # The bits by which a numerator and a divisor are shifted to the left, and what is shifted back.
    room = np.reshape([31 - (n if n >= 0 else ~n).bit_length() for n in u.ravel().tolist()], u.shape)
    digits = np.reshape([max(0, n.bit_length() - 1) for n in v.ravel().tolist()], v.shape)
    right = room + digits - math.frexp(ratio)[1]
    defined = (v != 0) & (right <= 31)
    assert defined.sum() > 25_000 and (got[defined] == want[defined]).all()
    assert (got[(v != 0) & (right > 31)] == 9).all()
    assert (got[:, 145] == np.where(u[:, 0] == 0, 9, np.where(EVERY > -5, 127, -128))).all()


@pytest.mark.parametrize(
    ("op", "y", "attrs"),
    [
        ("logistic", SIGMOID, {}),
        ("tanh", TANH, {}),
        ("hardswish", quant(0.03, -11), {}),
        ("leakyrelu", quant(0.03, -11), {"alpha": 0.125}),
        ("relu", quant(0.03, -11), {"activation": "relu"}),
        ("relu", quant(0.03, -11), {"activation": "relu6"}),
        ("abs", quant(0.03, -11), {}),
        ("elu", quant(0.03, -11), {}),
        ("logsoftmax", SIXTEENTHS, {}),
        ("l2norm", TANH, {}),
        ("quantize", quant(0.03, -11), {"dtype": "int8"}),
        ("softmax", SIGMOID, {"beta": 1.0}),
    ],
)
@pytest.mark.parametrize("scale", [1e-5, 0.003, 0.047, 0.9, 40.0])
def test_all_inputs_equal_tflite_micro(op: str, y: Quant, attrs: dict[str, Any], scale: float) -> None:
    if op == "hardswish" and scale > 3:
        y = quant(1.1, -11)
    g = single(op, [Tensor("x", i8(256, q=quant(scale, 13)))], [i8(256, q=y)], attrs)
    (want,) = run_tflite_micro(write_tflite(g), [EVERY])
    assert (evaluate(g, {"x": EVERY})["y0"] == want).all()


@pytest.mark.parametrize(
    ("op", "x", "y", "attrs"),
    [
        ("leakyrelu", quant(34 / 256, -128), quant(0.4), {"alpha": float(np.float32(1 / 3))}),
        ("hardswish", quant(0.17072007060050964, -15), quant(0.21746410429477692, -40), {}),
        ("hardswish", quant(0.15374085307121277, -8), quant(0.15085433423519135, -40), {}),
        ("relu", quant(0.07, -128), quant(0.11, -128), {"activation": "relu"}),
        ("quantize", quant(0.07, 0), quant(0.22, 0), {"dtype": "int8"}),
    ],
)
def test_multipliers_are_in_double_precision(op: str, x: Quant, y: Quant, attrs: dict[str, Any]) -> None:
    """Single precision would give other integers here: the results lie next to halves."""
    g = single(op, [Tensor("x", i8(256, q=x))], [i8(256, q=y)], attrs)
    (want,) = run_tflite_micro(write_tflite(g), [EVERY])
    assert (evaluate(g, {"x": EVERY})["y0"] == want).all()


@pytest.mark.parametrize(("scale", "zero"), [(0.5, 3), (0.004, -128), (0.01, 100)])
def test_relu_n1_to_1_equals_litert(scale: float, zero: int) -> None:
    q = quant(scale, zero)
    g = single("relu", [Tensor("x", i8(256, q=q))], [i8(256, q=q)], {"activation": "relu_n1_to_1"})
    runtime = Interpreter(model_content=write_tflite(g), experimental_op_resolver_type=OpResolverType.BUILTIN_REF)
    runtime.allocate_tensors()
    runtime.set_tensor(runtime.get_input_details()[0]["index"], EVERY)
    runtime.invoke()
    assert (evaluate(g, {"x": EVERY})["y0"] == runtime.get_tensor(runtime.get_output_details()[0]["index"])).all()


def test_quantize_saturates_and_rounds_halves_away_from_zero() -> None:
    values = np.array([np.inf, -np.inf, np.nan, 0.25, -0.25, 0.75, -0.75, 0.24999999, 1e30, -1e30], np.float32)
    g = single("quantize", [Tensor("x", Type((10,), "float32"))], [i8(10)], {"dtype": "int8"})
    assert evaluate(g, {"x": values})["y0"].tolist() == [127, -128, -128, 4, 2, 5, 1, 3, 127, -128]


@pytest.mark.parametrize(("op", "want"), [("add", -(2**31)), ("sub", 2**31 - 2), ("mul", 2**31 - 1)])
def test_int32_constants_fold_with_wrap(op: str, want: int) -> None:
    t = Type((1,), "int32")
    ends = [Tensor(n, t, np.array([v], np.int32)) for n, v in (("a", 2**31 - 1), ("b", 1))]
    g = single(op, ends, [t], NONE)
    assert lowerable(registry()[op], g.instance(g.nodes[0])) == []
    assert evaluate(g, {})["y0"].tolist() == [want]
