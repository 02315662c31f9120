"""From a sound .tflite to a graph: round trips, folding, names, and every problem told at once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from modelfile import Operand, Step, canonical, dense_file, dense_graph, edit, make_model

from batch import with_states
from lapel import frontends
from lapel.errors import UnsupportedModel, UnsupportedNode
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.frontends.tflite.importer import forms
from lapel.ir import Graph, Type
from lapel.ir.op import custom_name, single, well_formed
from lapel.ops import evaluate, registry
from oracle import run_tflite_micro, run_tflite_micro_all

DRAWS = 25
CASES = [(name, k) for name in sorted(registry()) for k in range(len(registry()[name].cases()))]
CASE_IDS = [f"{name}-{registry()[name].cases()[k].name}" for name, k in CASES]


def writable(graph: Graph) -> bool:
    """Whether one .tflite operator can say what the node does; some attributes have no form there."""
    node = graph.nodes[0]
    inst = graph.instance(node)
    return any(form.write(inst) is not None for form in registry()[node.op].tflite)


@pytest.mark.parametrize(("name", "k"), CASES, ids=CASE_IDS)
def test_written_case_reads_back_equal(name: str, k: int) -> None:
    case = registry()[name].cases()[k]
    drawn = [with_states(case.draw(np.random.default_rng(seed))) for seed in range(DRAWS)]
    graphs = [g for g in drawn if writable(g)]
    if not registry()[name].tflite:
        pytest.skip(f"{name} has no .tflite form")
    if case.oracle == "none" and not graphs:
        pytest.skip(f"no file says what {case.name} is")
    assert graphs, "no draw of this case can be written"
    for graph in graphs:
        if not graph.inputs:  # no model: what it says is a constant
            continue
        back = read_tflite(write_tflite(graph))
        assert canonical(back).digest() == canonical(graph).digest(), f"{graph}\n{back}"


def test_names_shapes_and_rounding_are_kept() -> None:
    graph = read_tflite(dense_file(), "net")
    assert (graph.name, graph.inputs, graph.outputs) == ("net", ("x",), ("y",))
    assert list(graph.tensors) == list(dense_graph().tensors)
    assert [n.name for n in graph.nodes] == ["dense_0", "dense_1"]
    assert {n.attrs["rounding"] for n in graph.nodes} == {"double"}


def test_open_batch_keeps_its_static_size() -> None:
    data = edit(dense_file(), lambda m: setattr(m.subgraphs[0].tensors[0], "shapeSignature", [-1, 4]))
    assert read_tflite(data).tensors["x"].type.shape == (1, 4)


def test_missing_options_are_the_defaults() -> None:
    def change(m: schema.ModelT) -> None:
        m.subgraphs[0].operators[0].builtinOptions = None
        m.subgraphs[0].operators[0].builtinOptionsType = 0

    first, second = read_tflite(edit(dense_file(), change)).nodes
    assert first.attrs == {"activation": "none", "keep_dims": False, "rounding": "double"}
    assert second.attrs["activation"] == "relu"


def number(name: str, *values: int) -> Operand:
    return Operand(name, (len(values),), "int32", data=values)


def shape_model(steps: list[Step], operands: list[Operand]) -> bytes:
    """x [2, 3, 4] -> SHAPE -> s [3] -> steps -> t [2], the shape to which x is reshaped."""
    operands = [
        Operand("x", (2, 3, 4)),
        Operand("s", (3,), "int32"),
        Operand("t", (2,), "int32"),
        Operand("y", (2, 12)),
        *operands,
    ]
    int32 = {"outType": schema.TensorType.INT32}
    first = Step("SHAPE", ["x"], ["s"], "ShapeOptions", int32)
    last = Step("RESHAPE", ["x", "t"], ["y"], "ReshapeOptions")
    return make_model(operands, [first, *steps, last], ["x"], ["y"])


FIRST = Step(
    "STRIDED_SLICE",
    ["s", "zero", "one", "one"],
    ["batch"],
    "StridedSliceOptions",
    {"shrinkAxisMask": 1},
)
HEAD = Step("SLICE", ["s", "zero", "one"], ["head"], "SliceOptions")
ENDS = [number("zero", 0), number("one", 1), Operand("batch", (), "int32"), Operand("head", (1,), "int32")]
REST = number("rest", -1)
JOIN = Step("CONCATENATION", ["head", "rest"], ["t"], "ConcatenationOptions")
FOLDS = {
    "STRIDED_SLICE and PACK": (
        [FIRST, Step("PACK", ["batch", "twelve"], ["t"], "PackOptions", {"valuesCount": 2})],
        [*ENDS, Operand("twelve", (), "int32", data=12)],
    ),
    "SLICE and CONCATENATION": ([HEAD, JOIN], [*ENDS, REST]),
    "RESHAPE of a scalar": (
        [FIRST, Step("RESHAPE", ["batch", "one"], ["head"], "ReshapeOptions"), JOIN],
        [*ENDS, REST],
    ),
    "SPLIT": (
        [
            Step("SPLIT", ["axis", "s"], ["head", "p1", "p2"], "SplitOptions", {"numSplits": 3}),
            JOIN,
        ],
        [
            *ENDS,
            REST,
            Operand("axis", (), "int32", data=0),
            Operand("p1", (1,), "int32"),
            Operand("p2", (1,), "int32"),
        ],
    ),
    "UNPACK and PACK": (
        [
            Step("UNPACK", ["s"], ["batch", "u1", "u2"], "UnpackOptions", {"num": 3}),
            Step("PACK", ["batch", "minus"], ["t"], "PackOptions", {"valuesCount": 2}),
        ],
        [
            *ENDS,
            Operand("u1", (), "int32"),
            Operand("u2", (), "int32"),
            Operand("minus", (), "int32", data=-1),
        ],
    ),
}


@pytest.mark.parametrize("fold", FOLDS)
def test_shape_computation_folds_away(fold: str) -> None:
    steps, operands = FOLDS[fold]
    graph = read_tflite(shape_model(steps, operands))
    assert [n.op for n in graph.nodes] == ["reshape"]
    assert set(graph.tensors) == {"x", "y"}
    assert graph.tensors["y"].type.shape == (2, 12)


def test_shape_equals_the_oracle() -> None:
    for dims in ((), (7,), (2, 3, 4), (1, 1, 5, 1)):
        attrs = {"dims": dims, "out_type": "int32"}
        graph = single("shape", [], [Type((len(dims),), "int32")], attrs)
        if dims:  # an empty output aborts the oracle
            assert run_tflite_micro(write_tflite(graph), [])[0].tolist() == list(dims)
        assert evaluate(graph, {})["y0"].tolist() == list(dims)


def test_shape_has_no_kernel() -> None:
    graph = single("shape", [], [Type((1,), "int32")], {"dims": (4,), "out_type": "float32"})
    inst = graph.instance(graph.nodes[0])
    (problem,) = well_formed(registry()["shape"], inst)
    assert problem == "attribute 'out_type' is 'float32', expected int32 or int64"
    with pytest.raises(UnsupportedNode, match="shape has no kernel"):
        registry()["shape"].lower(inst)


def test_shape_as_output_is_a_constant() -> None:
    operands = [Operand("x", (2, 3)), Operand("s", (2,), "int32")]
    step = Step("SHAPE", ["x"], ["s"], "ShapeOptions", {"outType": schema.TensorType.INT32})
    graph = read_tflite(make_model(operands, [step], ["x"], ["s"]))
    assert graph.nodes == () and graph.tensors["s"].data is not None and graph.tensors["s"].data.tolist() == [2, 3]


def test_constants_of_operators_are_folded() -> None:
    shape, dims = (2, 3), np.array([2, 3])
    operands = [Operand("x", shape), Operand("dims", (2,), "int32", data=dims), Operand("v", (), data=np.int8(7))]
    operands += [Operand(n, (), "int32", data=np.int32(v)) for n, v in (("start", 5), ("limit", -4), ("step", -3))]
    operands += [Operand("full", shape), Operand("y", shape), Operand("numbers", (3,), "int32")]
    steps = [Step("FILL", ["dims", "v"], ["full"]), Step("RANGE", ["start", "limit", "step"], ["numbers"])]
    steps.append(Step("MAXIMUM", ["x", "full"], ["y"]))
    graph = read_tflite(make_model(operands, steps, ["x"], ["y", "numbers"]))
    assert [n.op for n in graph.nodes] == ["maximum"]
    made = evaluate(graph, {"x": np.zeros(shape, np.int8)})
    assert (made["y"] == 7).all() and made["numbers"].tolist() == [5, 2, -1]


def test_all_problems_are_told_at_once() -> None:
    operands = [Operand(n, (1, 4)) for n in ("x", "a", "b", "c", "d", "e", "y")]
    operands += [Operand("w", (4, 4), data=np.zeros((4, 4)), scale=None), Operand("half", (1, 4), "float16")]
    steps = [
        Step("CUSTOM", ["x"], ["a"], custom="MyFilter"),
        Step("SPARSE_TO_DENSE", ["a"], ["b"], "SparseToDenseOptions"),
        Step("FULLY_CONNECTED", ["b", "w"], ["c"], "FullyConnectedOptions", version=99),
        Step("FULLY_CONNECTED", ["c", "w"], ["d"], "FullyConnectedOptions"),
        Step("FULLY_CONNECTED", ["d", "x"], ["e"], "FullyConnectedOptions"),
        Step("DEQUANTIZE", ["half"], ["y"], "DequantizeOptions"),
    ]
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(make_model(operands, steps, ["x", "half"], ["y"]), "bad")
    problems = "\n".join(e.value.problems)
    for expected in (
        "2 of 6 operators not supported (CUSTOM 'MyFilter' at op 0; SPARSE_TO_DENSE at op 1): replace them by",
        "op 2 FULLY_CONNECTED 'c': weights are int8, expected quantized int8",
        "op 3 FULLY_CONNECTED 'd': weights are int8, expected quantized int8",
        "op 4 FULLY_CONNECTED 'e': its output is int8[1, 4], but its inputs give int8[1, 1]",
        "input 'half': has dtype float16",
    ):
        assert expected in problems, problems
    assert e.value.message.startswith("bad.tflite: ") and "DEQUANTIZE" in problems


def test_every_form_names_what_the_schema_has() -> None:
    for code, found in forms().items():
        assert custom_name(code) or hasattr(schema.BuiltinOperator, code)
        for form in found:
            assert form.options is None or hasattr(schema.BuiltinOptions, form.options), form.options
            assert form.write_version in form.versions


INT8_MODELS = ("ad_int8", "ic_int8", "kws_int8", "sww_int8", "vww_int8")


@pytest.mark.parametrize("model", INT8_MODELS)
def test_every_tensor_of_a_real_model_equals_the_oracle(shared: Path, model: str) -> None:
    path = shared / f"models/mlperf-tiny/{model}.tflite"
    data, graph = path.read_bytes(), frontends.load(path)
    names = [t.name.decode() for t in schema.ModelT.InitFromPackedBuf(data).subgraphs[0].tensors]
    rng = np.random.default_rng(0)
    for _ in range(2):
        inputs = {i: rng.integers(-128, 128, graph.tensors[i].type.shape, np.int8) for i in graph.inputs}
        values = evaluate(graph, inputs)
        for index, want in run_tflite_micro_all(data, list(inputs.values())).items():
            found = values[names[index]]
            assert found.dtype == want.dtype and (found == want).all(), names[index]


@pytest.mark.parametrize("model", INT8_MODELS)
def test_real_model_is_written_and_read_back(shared: Path, model: str) -> None:
    graph = frontends.load(shared / f"models/mlperf-tiny/{model}.tflite")
    assert canonical(read_tflite(write_tflite(graph))).digest() == canonical(graph).digest()
