"""Files that TFLite Micro runs although a field is odd: read as it reads them, with the same bits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from modelfile import Model, Operand, Step, dense_file, edit, make_model

from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite
from lapel.ir import Graph
from lapel.ops import evaluate
from oracle import run_tflite_micro

Change = Callable[[Model], Any]
SAMPLES = 4


def tensor(m: Model, i: int) -> Any:
    return m.subgraphs[0].tensors[i]


def softened(m: Model) -> None:
    """Outputs of the small model that do not saturate."""
    for i, scale in ((3, 40.0), (5, 300.0)):
        tensor(m, i).quantization.scale = [scale]


def check_equal(data: bytes) -> Graph:
    """Read it, run it on random samples, compare with TFLite Micro."""
    graph, rng = read_tflite(data), np.random.default_rng(11)
    for _ in range(SAMPLES):
        inputs = {n: rng.integers(-128, 128, graph.tensors[n].type.shape, np.int8) for n in graph.inputs}
        values = evaluate(graph, inputs)
        for name, theirs in zip(graph.outputs, run_tflite_micro(data, list(inputs.values())), strict=True):
            assert values[name].shape == theirs.shape and (values[name] == theirs).all(), name
    return graph


def put(i: int, name: str, value: Any) -> Change:
    return lambda m: setattr(tensor(m, i), name, value)


def quant(i: int, **fields: Any) -> Change:
    def change(m: Model) -> None:
        for name, value in fields.items():
            setattr(tensor(m, i).quantization, name, value)

    return change


def fill(i: int, size: int = 64) -> Change:
    """Content in a buffer of its own, for a tensor that needs none or less."""

    def change(m: Model) -> None:
        old = m.buffers[tensor(m, i).buffer].data
        content = np.zeros(size, np.uint8)
        content[: 0 if old is None else len(old)] = [] if old is None else old
        tensor(m, i).buffer = len(m.buffers)
        m.buffers.append(schema.BufferT(data=content))

    return change


def option(name: str, value: Any) -> Change:
    return lambda m: setattr(m.subgraphs[0].operators[0].builtinOptions, name, value)


def add_subgraph(m: Model) -> None:
    m.subgraphs.append(schema.SubGraphT(name="other", tensors=[], inputs=[], outputs=[], operators=[]))


def dead_filter(m: Model) -> None:
    """As converters write a filter of zeros: scale 0 on it and on its bias."""
    quant(1, scale=[0.25, 0.0, 0.125])(m)
    quant(2, scale=[0.25, 0.0, 0.125])(m)
    weights = np.array(m.buffers[tensor(m, 1).buffer].data)
    weights[4:8] = 0
    m.buffers[tensor(m, 1).buffer].data = weights


def unused(m: Model, **fields: Any) -> None:
    m.subgraphs[0].tensors.append(schema.TensorT(name="unused", **fields))


SHAPED = [
    ("axis of a bias", quant(2, quantizedDimension=3)),
    ("axis of an activation", quant(0, quantizedDimension=3)),
    ("axis of one scale", quant(4, quantizedDimension=7)),
    ("dead filter", dead_filter),
    ("scale 0", quant(1, scale=[0.0, 0.0, 0.0])),
    ("subnormal scale", quant(1, scale=[0.25, 1e-40, 0.125])),
    ("scale of a bias", quant(2, scale=[0.5, -1.0, float("nan")])),
    ("scales of a bias", quant(2, scale=[0.5, 0.5])),
    ("no scale of a bias", put(2, "quantization", None)),
    ("no zero points of a bias", quant(2, zeroPoint=[])),
    ("one zero point", quant(1, zeroPoint=[0])),
    ("one zero point of a bias", quant(2, zeroPoint=[0])),
    ("two zero points", quant(0, zeroPoint=[3, 5])),
    ("equal scales", quant(0, scale=[0.5] * 2, zeroPoint=[3] * 2)),
    ("range", quant(0, min=[-1.0], max=[1.0])),
    ("custom details", quant(1, detailsType=1, details=schema.CustomQuantizationT())),
    ("shape of a bias", put(2, "shape", [1, 1, 1, 3])),
    ("shape signature", put(0, "shapeSignature", [-1, -1, 9])),
    ("no rank", put(0, "hasRank", False)),
    ("variable that is made", put(3, "isVariable", True)),
    ("variable input", put(0, "isVariable", True)),
    ("content of an input", fill(0)),
    ("content of what is made", fill(3)),
    ("longer content", fill(1)),
    ("no trailing input", lambda m: setattr(m.subgraphs[0].operators[1], "inputs", [3, 4])),
    ("absent trailing input", lambda m: setattr(m.subgraphs[0].operators[1], "inputs", [3, 4, -1, -1])),
    ("output of the middle", lambda m: setattr(m.subgraphs[0], "outputs", [3, 5])),
    ("second subgraph", add_subgraph),
    ("operator version", lambda m: setattr(m.operatorCodes[0], "version", 99)),
    ("no operator version", lambda m: setattr(m.operatorCodes[0], "version", 0)),
    ("text of a builtin code", lambda m: setattr(m.operatorCodes[0], "customCode", b"no")),
    ("other options", lambda m: setattr(m.subgraphs[0].operators[0], "builtinOptions2Type", 1)),
    ("kept dimensions", option("keepNumDims", True)),
    ("asymmetric inputs", option("asymmetricQuantizeInputs", True)),
    ("type of a bias", option("quantizedBiasType", 4)),
    ("unused type", lambda m: unused(m, shape=[1], type=schema.TensorType.FLOAT64)),
    ("unused shape", lambda m: unused(m, shape=[-1, 2])),
    ("unused rank", lambda m: unused(m, shape=[1] * 9)),
    ("unused code", lambda m: m.operatorCodes.append(schema.OperatorCodeT(builtinCode=5000))),
    ("metadata", lambda m: setattr(m, "metadata", [schema.MetadataT(name="min_runtime_version", buffer=0)])),
]


@pytest.mark.parametrize("change", [c[1] for c in SHAPED], ids=[c[0] for c in SHAPED])
def test_an_odd_field_is_read_as_tflite_micro_reads_it(change: Change) -> None:
    data = edit(dense_file(), softened)
    assert len({*read_outputs(data)}) > 4, "the small model says nothing"
    assert [n.op for n in check_equal(edit(data, change)).nodes] == ["dense", "dense"]


def test_an_unused_tensor_may_name_a_buffer_that_is_not_there() -> None:
    """TFLite Micro looks it up, wherever that leads; here nobody asks."""
    data = edit(dense_file(), lambda m: unused(m, shape=[1], buffer=77))
    assert read_tflite(data).digest() == read_tflite(dense_file()).digest()


def read_outputs(data: bytes) -> list[int]:
    graph = read_tflite(data)
    xs = np.random.default_rng(3).integers(-128, 128, (16, 1, 4), np.int8)
    return [int(v) for x in xs for v in evaluate(graph, {"x": x})["y"].ravel()]


def image_model(change: Change) -> bytes:
    """x [1, 6, 6, 2] -> DEPTHWISE_CONV_2D 3x3 per channel -> y [1, 4, 4, 2]."""
    rng = np.random.default_rng(2)
    operands = [
        Operand("x", (1, 6, 6, 2)),
        Operand("w", (1, 3, 3, 2), data=rng.integers(-127, 128, (1, 3, 3, 2))),
        Operand("b", (2,), "int32", data=[300, -200]),
        Operand("y", (1, 4, 4, 2), scale=30.0),
    ]
    options = {"padding": 1, "strideW": 1, "strideH": 1, "depthMultiplier": 1}
    step = Step("DEPTHWISE_CONV_2D", ["x", "w", "b"], ["y"], "DepthwiseConv2DOptions", options)

    def scales(m: Model) -> None:
        for i, axis in ((1, 3), (2, 3)):
            tensor(m, i).quantization = schema.QuantizationParametersT(scale=[0.5, 0.25], zeroPoint=[0, 0])
            tensor(m, i).quantization.quantizedDimension = axis
        change(m)

    return edit(make_model(operands, [step], ["x"], ["y"]), scales)


@pytest.mark.parametrize(
    "change",
    [lambda m: None, quant(1, scale=[0.5, 0.0]), quant(2, scale=[0.0, 0.0]), quant(1, zeroPoint=[0])],
    ids=["axis 3 of a bias", "dead filter", "scale 0 of a bias", "one zero point"],
)
def test_an_odd_convolution_is_read_as_tflite_micro_reads_it(change: Change) -> None:
    assert [n.op for n in check_equal(image_model(change)).nodes] == ["depthwise"]


def test_a_depth_multiplier_of_0_is_taken_from_the_shapes() -> None:
    """On purpose not as TFLite Micro, which multiplies by it and so reads channel 0 of x alone."""
    graph = read_tflite(image_model(option("depthMultiplier", 0)))
    right = read_tflite(image_model(lambda m: None))
    assert graph.digest() == right.digest()


def test_a_wrong_depth_multiplier_is_refused() -> None:
    with pytest.raises(UnsupportedModel, match=r"DepthMultiplier is 2, expected what the input \[1, 6, 6, 2\] and w"):
        read_tflite(image_model(option("depthMultiplier", 2)))


def one_step(step: Step, x: tuple[int, ...], y: tuple[int, ...], *constants: Operand) -> bytes:
    return make_model([Operand("x", x), *constants, Operand("y", y)], [step], ["x"], ["y"])


def numbers(*values: int) -> Operand:
    return Operand("c", (len(values),), "int32", data=values)


WEIGHTS = Operand("w", (4, 3), data=np.arange(-6, 6).reshape(4, 3), scale=0.25)
SHAPES = {
    "RESHAPE alone": one_step(Step("RESHAPE", ["x"], ["y"]), (2, 6), (3, 4)),
    "RESHAPE to another shape": one_step(Step("RESHAPE", ["x", "c"], ["y"]), (2, 6), (3, 4), numbers(12)),
    "RESHAPE by an open shape": one_step(Step("RESHAPE", ["x", "c"], ["y"]), (2, 6), (3, 4), numbers(-1, 4)),
    "MEAN that says it keeps": one_step(
        Step("MEAN", ["x", "c"], ["y"], "ReducerOptions", {"keepDims": True}), (1, 4, 4, 3), (1, 3), numbers(1, 2)
    ),
    "MEAN that says it drops": one_step(
        Step("MEAN", ["x", "c"], ["y"], "ReducerOptions", {}), (1, 4, 4, 3), (1, 1, 1, 3), numbers(1, 2)
    ),
    "FULLY_CONNECTED that keeps": one_step(
        Step("FULLY_CONNECTED", ["x", "w"], ["y"], "FullyConnectedOptions", {}), (2, 5, 3), (2, 5, 4), WEIGHTS
    ),
    "FULLY_CONNECTED that drops": one_step(
        Step("FULLY_CONNECTED", ["x", "w"], ["y"], "FullyConnectedOptions", {"keepNumDims": True}),
        (2, 5, 3),
        (10, 4),
        WEIGHTS,
    ),
}


@pytest.mark.parametrize("model", SHAPES)
def test_the_declared_shape_counts(model: str) -> None:
    check_equal(SHAPES[model])


@pytest.mark.parametrize("zero", [0, 5])
def test_a_variable_that_nothing_makes_is_its_zero_point(zero: int) -> None:
    step = Step("ADD", ["x", "v"], ["y"], "AddOptions", {})
    data = make_model([Operand("x", (1, 4)), Operand("v", (1, 4)), Operand("y", (1, 4))], [step], ["x"], ["y"])

    def change(m: Model) -> None:
        tensor(m, 1).isVariable, tensor(m, 1).quantization.zeroPoint = True, [zero]

    check_equal(edit(data, change))


def test_variables_that_ask_for_memory_are_not_made() -> None:
    operands = [Operand("x", (1, 4)), Operand("y", (1, 4))]
    operands += [Operand(f"v{i}", (1 << 20,)) for i in range(8)]
    data = make_model(operands, [Step("RELU", ["x"], ["y"])], ["x"], ["y"])

    def change(m: Model) -> None:
        for i in range(2, 10):
            tensor(m, i).isVariable = True

    assert len(read_tflite(edit(data, change)).nodes) == 1


def test_values_count_of_pack() -> None:
    step = Step("PACK", ["x", "x"], ["y"], "PackOptions", {"valuesCount": 1})
    with pytest.raises(UnsupportedModel, match="ValuesCount is 1, expected 2, one for each input: convert again"):
        read_tflite(one_step(step, (3,), (2, 3)))


def test_an_unknown_field_of_the_options_is_told() -> None:
    """A later schema may give it any meaning."""
    data = edit(dense_file(), lambda m: setattr(m.operatorCodes[0], "version", 99))
    fields = [k for k, v in vars(schema).items() if k.startswith("FullyConnectedOptionsAdd") and callable(v)]
    op = schema.Model.GetRootAs(data).Subgraphs(0).Operators(0)
    table = op.BuiltinOptions().Pos
    vtable = table - int.from_bytes(data[table : table + 4], "little", signed=True)
    used = int.from_bytes(data[vtable : vtable + 2], "little")
    assert used < 4 + 2 * (len(fields) + 1)
    # A longer vtable at the end of the file, of which the number after the last known one is set.
    slots = list(data[vtable + 4 : vtable + used])
    slots += [0] * (2 * len(fields) - len(slots)) + [4, 0]
    end = len(data) + len(data) % 2
    longer = (4 + len(slots)).to_bytes(2, "little") + data[vtable + 2 : vtable + 4] + bytes(slots)
    patched = data[:table] + (table - end).to_bytes(4, "little", signed=True) + data[table + 4 :]
    found = rf"fields of number {len(fields)}, in version 99 of the operator, expected those of versions up to 12"
    with pytest.raises(UnsupportedModel, match=found):
        read_tflite(patched.ljust(end, b"\0") + longer)


def test_a_declared_shape_that_does_not_fit_is_told() -> None:
    step = Step("ADD", ["x", "x"], ["y"], "AddOptions", {})
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(one_step(step, (2, 3), (3, 2)))
    (problem,) = e.value.problems
    assert problem == (
        "op 0 ADD 'y': its output is int8[3, 2], but its inputs give int8[2, 3]: convert the model again"
    )
