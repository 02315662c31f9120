"""Operand-type tables and declared attributes: what is found, what was expected, what to do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from floats import has_numbers
from lapel.errors import InvalidGraph
from lapel.ir import Graph, Op, Quant, Tensor, Type
from lapel.ir.attribute import AXIS, FLAG, PAIR, Attribute, attribute_problems, with_defaults
from lapel.ir.op import lowerable, single, well_formed
from lapel.ir.signature import (
    ANY,
    INT8,
    Alike,
    Bias,
    Plain,
    Scaled,
    Signature,
    Weights,
    over_reals,
    type_problems,
    unary,
)
from lapel.ops import registry, verify

Q = Quant((0.5,), (3,))
I8, I16, F32 = Type((4,), "int8", Q), Type((4,), "int16", Quant((0.5,), (0,))), Type((4,), "float32")
W = Tensor("w", Type((2, 4), "int8", Quant((1.0, 2.0), (0, 0), 0)), np.ones((2, 4), np.int8))
B = Tensor("b", Type((2,), "int32"), np.ones(2, np.int32))
INT16 = Scaled(("int16",), zero=0)
WEIGHTED = Signature((INT8, Weights(("int8",)), Bias(("int32",))), (INT8,))
WEIGHTED16 = Signature((INT16, Weights(("int8",)), Bias(("int64",))), (INT16,))


def node(inputs: list[Type | Tensor | None], *outputs: Type) -> Any:
    tensors = [t if t is None or isinstance(t, Tensor) else Tensor(f"x{i}", t) for i, t in enumerate(inputs)]
    g = single("dense", tensors, outputs, {})
    return g.instance(g.nodes[0])


def test_a_row_that_has_the_operands_makes_a_node_legal() -> None:
    rows = (WEIGHTED, WEIGHTED16)
    assert type_problems(rows, node([I8, W, B], I8)) == []
    assert type_problems(rows, node([I8, W, None], I8)) == type_problems(rows, node([I8, W], I8)) == []
    long = Tensor("b", Type((2,), "int64"), np.ones(2, np.int64))
    assert type_problems(rows, node([I16, W, long], I16)) == []


@pytest.mark.parametrize(
    ("inputs", "y", "message"),
    [
        ([F32, W, B], F32, "input 0 is float32, expected int8: quantize the model to int8"),
        ([I8, W.type, B], I8, "weights are not a constant: only constant weights are supported"),
        ([I8, replace(W, type=Type((2, 4), "int8")), B], I8, "weights are int8, expected quantized int8"),
        ([I8, replace(W, type=Type((2, 4), "int8", Quant((1.0,), (5,)))), B], I8, "have zero point 5, expected 0"),
        (
            [I8, replace(W, type=Type((2, 4), "int8", Quant((1.0,) * 4, (0,) * 4, 1))), B],
            I8,
            "along axis 1, expected 0",
        ),
        ([I8, W, B.type], I8, "bias is not a constant"),
        # The row that comes closest speaks.
        ([I16, W, B], I16, "bias is int32, expected int64"),
        ([replace(I16, quant=Q), W], I16, "expected zero point 0: requantize"),
        ([I8], I8, "has 1 inputs, expected 2 to 3: convert the model again"),
        ([I8, None], I8, "has 1 inputs, expected 2 to 3: convert the model again"),
        ([replace(I8, quant=None), W], I8, "input 0 has no per-tensor scale and zero point: quantize the model"),
        ([replace(I8, quant=Quant((1.0,) * 4, (0,) * 4, 0)), W], I8, "has 4 scales along axis 0, expected one"),
        ([replace(I8, quant=Quant((1e-40,), (0,))), W], I8, "has scale 1e-40, expected a normal float32 above 0"),
    ],
)
def test_no_row(inputs: list[Type | Tensor | None], y: Type, message: str) -> None:
    (problem,) = type_problems((WEIGHTED, WEIGHTED16), node(inputs, y))[:1]
    assert message in problem


def test_other_operands() -> None:
    many = Signature((Alike(),), (ANY,), repeat="inputs")
    assert type_problems((many,), node([I8, I8, I8], I8)) == []
    assert "input 1 is int16[4]" in type_problems((many,), node([I8, I16], I8))[0]
    assert type_problems((many,), node([I8], I8, I8)) == ["has 2 outputs, expected 1: convert the model again"]
    exactly = unary(INT8, Scaled(("int8",), exactly=Quant((1 / 256,), (-128,))))
    assert "expected scale 1/256 and zero point -128: requantize" in type_problems((exactly,), node([I8], I8))[0]
    index = unary(INT8, Plain(("int32", "int64", "uint8")))
    assert "output is int8, expected one of int32, int64, uint8" in type_problems((index,), node([I8], I8))[0]


def test_over_the_reals() -> None:
    weights, bias = (replace(t, type=replace(t.type, dtype="float32", quant=None), data=None) for t in (W, B))
    assert over_reals((WEIGHTED,), node([F32, weights, bias], F32))
    assert over_reals((WEIGHTED,), node([F32, weights, None], F32))
    assert not over_reals((WEIGHTED,), node([F32, W, bias], F32)), "weights of a dynamic-range model"
    assert not over_reals((WEIGHTED,), node([F32, weights, bias], I8))
    double = replace(F32, dtype="float64")
    assert over_reals((unary(INT8),), node([double], double)) and not over_reals((unary(INT8),), node([double], F32))
    assert over_reals((unary(INT8, Plain(("int32",))),), node([F32], Type((), "int32")))
    between = unary(Plain(("float32",)), INT8)
    assert not over_reals((between,), node([F32], F32)), "the row has floats already"
    assert not over_reals((unary(ANY),), node([F32], F32)), "the row has it as it is"


def test_attributes() -> None:
    declared = {"axis": AXIS, "keep": FLAG, "size": PAIR, "mode": Attribute("str", choices=("a", "b"), default="a")}
    fine = {"axis": 1, "keep": True, "size": (1, 2), "mode": "b"}
    assert attribute_problems(declared, fine) == []
    assert with_defaults(declared, {"axis": 0}) == {"axis": 0, "mode": "a"}
    for change, message in (
        ({"axes": 1}, "attribute 'axes' is unknown, expected axis, keep, size, mode: leave it out"),
        ({"axis": 1.0}, "attribute 'axis' is 1.0, expected an int"),
        ({"axis": True}, "attribute 'axis' is True, expected an int"),
        ({"axis": np.int64(1)}, "attribute 'axis' is np.int64(1), expected an int"),
        ({"keep": 1}, "attribute 'keep' is 1, expected a bool"),
        ({"size": (1, 2, 3)}, "attribute 'size' is (1, 2, 3), expected a tuple of 2 ints"),
        ({"size": [1, 2]}, "attribute 'size' is [1, 2], expected a tuple of 2 ints"),
        ({"mode": "c"}, "attribute 'mode' is 'c', expected a or b"),
    ):
        assert attribute_problems(declared, {**fine, **change}) == [message]
    assert attribute_problems({"axis": AXIS}, {}) == ["attribute 'axis' is missing, expected an int"]


@pytest.mark.parametrize("name", sorted(registry()))
def test_every_operator_has_a_table_and_says_what_it_means(name: str) -> None:
    op = registry()[name]
    assert op.signatures
    assert type(op).real is not Op.real or not any(map(has_numbers, op.signatures))


def relu(x: Type, y: Type, **attrs: object) -> Graph:
    return single("relu", [Tensor("x", x)], [y], attrs or {"activation": "relu6"})


def test_well_formed_apart_from_lowerable() -> None:
    logistic = single("logistic", [Tensor("x", I8)], [I8], {})
    for graph, formed, lowers in (
        (relu(I8, I8), [], []),
        (relu(F32, F32), [], ["input 0 is float32, expected int8", "output is float32, expected int8"]),
        (logistic, [], ["expected scale 1/256"]),  # it means something, and no kernel computes it
        (relu(F32, I8), ["input 0 is float32, expected int8"], ["input 0 is float32, expected int8"]),
        (relu(F32, Type((5,), "float32")), ["its inputs give float32[4]"], ["input 0 is", "output is"]),
        (relu(I8, I8, activation="elu"), ["attribute 'activation' is 'elu'"], ["attribute 'activation' is 'elu'"]),
    ):
        op, inst = registry()[graph.name], graph.instance(graph.nodes[0])
        for found, expected in ((well_formed(op, inst), formed), (lowerable(op, inst), lowers)):
            assert len(found) == len(expected) and all(e in f for e, f in zip(expected, found, strict=True)), found


def test_verify_names_the_node() -> None:
    assert verify(relu(F32, F32))
    with pytest.raises(InvalidGraph, match=r"relu, node relu: attribute 'alpha' is unknown"):
        verify(relu(F32, F32, alpha=1.0, activation="relu"))
    with pytest.raises(InvalidGraph, match="there is no operator 'tan'"):
        verify(single("tan", [Tensor("x", F32)], [F32], {}))


def test_an_operator_without_reals_says_so() -> None:
    class Opaque(Op):
        name = "opaque"

    with pytest.raises(NotImplementedError, match="operator 'opaque' has no meaning over the reals"):
        Opaque().real(node([F32], F32), np.zeros(4))
