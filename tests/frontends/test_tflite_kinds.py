"""What is said of models that Lapel refuses as a whole: one sentence for each kind, and the way out."""

from __future__ import annotations

from itertools import pairwise

import pytest
from modelfile import Operand, Step, make_model

from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite

X, Y, H = Operand("x", (1, 4)), Operand("y", (1, 4)), Operand("h", (1, 4))


def refusal(steps: list[Step], *operands: Operand) -> UnsupportedModel:
    """The error of a model x -> steps -> y."""
    given = {o.name: o for o in (X, Y, H, *operands)}
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(make_model(list(given.values()), steps, ["x"], ["y"]), "m")
    return e.value


@pytest.mark.parametrize(
    ("code", "accelerator", "compiler"),
    [
        ("edgetpu-custom-op", "an Edge TPU", "edgetpu_compiler"),
        ("ethos-u", "an Ethos-U", "Vela"),
        ("NeutronGraph", "an NXP Neutron NPU", "its converter"),
    ],
)
def test_a_compiled_file_asks_for_the_one_before(code: str, accelerator: str, compiler: str) -> None:
    """What else is wrong with such a file does not matter."""
    steps = [Step("CUSTOM", ["x"], ["h"], custom=code), Step("SPARSE_TO_DENSE", ["h"], ["y"])]
    (problem,) = refusal(steps).problems
    found = f"this file was compiled for {accelerator} (operator {code!r} holds code for it alone)"
    assert problem == f"{found}: give Lapel the int8 .tflite that went into {compiler}"


def floats(name: str, data: object = None) -> Operand:
    return Operand(name, (1, 4), "float32", data=data)


def test_activations_of_float16() -> None:
    x, y = Operand("x", (1, 4), "float16"), Operand("y", (1, 4), "float16")
    e = refusal([Step("RELU", ["x"], ["y"])], x, y)
    assert e.problems[0] == (
        "1 of 1 operators compute in float16 (RELU at op 0): convert with float32 activations, weights may be float16"
    )
    assert e.advice.startswith("see docs/guide-int8.md: ")


def test_what_floats_do_not_have_is_told_beside_the_way_out() -> None:
    """A float operator that means nothing (its operands are of two dtypes); those that do are no problem."""
    e = refusal([Step("RELU", ["x"], ["h"]), Step("TANH", ["h"], ["y"])], floats("x"), floats("h"))
    (problem,) = e.problems
    assert problem.startswith("1 of 2 operators compute in float32 (TANH at op 1): quantize it to int8 (full integer")
    assert e.advice.startswith("see docs/guide-int8.md: ")


def test_int32_arithmetic() -> None:
    e = refusal([Step("ABS", ["x"], ["y"])], Operand("x", (4,), "int32"), Operand("y", (4,), "int32"))
    assert e.problems == (
        "1 of 1 operators of int32 arithmetic (ABS at op 0) that Lapel does not have: leave it out of the model",
    )
    assert e.advice == ""


def test_operators_of_tensorflow() -> None:
    (problem,) = refusal([Step("CUSTOM", ["x"], ["y"], custom="FlexErf")]).problems
    assert problem == (
        "1 of 1 operators of TensorFlow itself (CUSTOM 'FlexErf' at op 0): neither TensorFlow Lite Micro nor Lapel has "
        "them, convert without SELECT_TF_OPS"
    )


def test_control_flow_says_how_to_export() -> None:
    steps = [Step("WHILE", ["x"], ["h"]), Step("IF", ["h", "x"], ["y"])]
    (problem,) = refusal(steps).problems
    assert problem == (
        "2 of 2 operators of control flow (WHILE at op 0; IF at op 1): export a loop over time steps unrolled (in "
        "Keras unroll=True) or as one step that keeps its state (stateful=True, an input of one step); compute both "
        "branches of a condition"
    )


def test_many_operators_of_one_kind_are_counted() -> None:
    names = [f"t{i}" for i in range(41)]
    steps = [Step("CUSTOM", [a], [b], custom=f"Op{i // 2}") for i, (a, b) in enumerate(pairwise(names))]
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(make_model([Operand(n, (1, 4)) for n in names], steps, ["t0"], ["t40"]), "m")
    (problem,) = e.value.problems
    assert problem.startswith("40 of 40 operators not supported (CUSTOM 'Op0' at op 0, 1; CUSTOM 'Op1' at op 2, 3; ")
    assert "; and 4 other codes)" in problem
