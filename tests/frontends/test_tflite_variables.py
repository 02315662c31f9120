"""Resource variables and variable tensors of files: what TFLite Micro makes of them, or one sentence each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from ai_edge_litert import schema_py_generated as schema
from modelfile import Model, Operand, Step, edit, make_model

from batch import with_states
from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate_sequence, registry
from oracle import run_tflite_micro_sequence

SHAPE = (1, 4)
STEPS = 7
ONCE = Step("CALL_ONCE", [], [], "CallOnceOptions", {"initSubgraphIndex": 1})
ADD = {"options_name": "AddOptions", "options": {}}


def handle(tensor: str, name: str = "v") -> Step:
    return Step("VAR_HANDLE", [], [tensor], "VarHandleOptions", {"container": "", "sharedName": name})


def read(tensor: str, out: str) -> Step:
    return Step("READ_VARIABLE", [tensor], [out], "ReadVariableOptions", {})


def assign(tensor: str, value: str) -> Step:
    return Step("ASSIGN_VARIABLE", [tensor, value], [], "AssignVariableOptions", {})


def add(a: str, b: str, out: str) -> Step:
    return Step("ADD", [a, b], [out], **ADD)


def operands(names: str, shape: Sequence[int] = SHAPE) -> list[Operand]:
    """int8 tensors by their names; those of handles begin with an h."""
    found = []
    for name in names.split():
        resource = name.startswith("h")
        found.append(Operand(name, () if resource else tuple(shape), "resource" if resource else "int8"))
    return found


def zeroed(zero: int) -> Callable[[Model], None]:
    """A change that gives every quantized tensor of the first subgraph a zero point."""

    def change(m: Model) -> None:
        for t in m.subgraphs[0].tensors:
            if t.quantization is not None:
                t.quantization.zeroPoint = [zero]

    return change


def with_initial(data: bytes, values: dict[str, np.ndarray], more: Sequence[Step] = ()) -> bytes:
    """The file with a second subgraph that assigns these values."""
    tensors = [Operand(f"c{k}", v.shape, data=v) for k, v in enumerate(values.values())]
    tensors += operands(" ".join(f"h{k}" for k in range(len(values))))
    steps: list[Step] = []
    for k, name in enumerate(values):
        steps += [handle(f"h{k}", name), assign(f"h{k}", f"c{k}")]
    other = make_model(tensors, [*steps, *more], [], [])

    def change(m: Model) -> None:
        second = Model.InitFromPackedBuf(other)
        codes, buffers = len(m.operatorCodes), len(m.buffers)
        m.operatorCodes += second.operatorCodes
        m.buffers += second.buffers
        (sub,) = second.subgraphs
        for op in sub.operators:
            op.opcodeIndex += codes
        for t in sub.tensors:
            t.buffer += buffers
        m.subgraphs.append(sub)

    return edit(data, change)


def check(data: bytes, reset_every: int | None = 4) -> Graph:
    """The file's graph, whose outputs over a sequence are TFLite Micro's."""
    graph = read_tflite(data, "m")
    rng = np.random.default_rng(0)
    steps = [
        {n: rng.integers(-40, 40, graph.tensors[n].type.shape, np.int8) for n in graph.arguments} for _ in range(STEPS)
    ]
    theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in steps], reset_every)
    for k, values in enumerate(evaluate_sequence(graph, steps, reset_every)):
        for name, want in zip(graph.results, theirs[k], strict=True):
            assert (values[name] == want.reshape(values[name].shape)).all(), f"step {k}\n{graph}"
    return graph


@pytest.mark.parametrize("zero", [0, 5, -128])
def test_an_accumulator_begins_at_the_zero_point(zero: int) -> None:
    steps = [handle("h"), read("h", "a"), add("x", "a", "y"), assign("h", "y")]
    data = edit(make_model(operands("h x a y"), steps, ["x"], ["y"]), zeroed(zero))
    graph = check(data)
    (carry,) = graph.carries
    assert (carry.state, carry.update) == ("a", "y") and (carry.initial == zero).all()


ORDERS = {
    "read twice": [read("h", "a"), read("h", "b"), add("a", "b", "c"), add("c", "x", "y"), assign("h", "x")],
    "read after it is assigned": [read("h", "a"), assign("h", "x"), read("h", "b"), add("a", "b", "y")],
    "read only after it is assigned": [assign("h", "x"), read("h", "a"), add("a", "x", "y")],
    "assigned twice": [read("h", "a"), assign("h", "x"), add("a", "x", "y"), assign("h", "y")],
    "assigned only": [add("x", "x", "y"), assign("h", "y")],
    "returned as it was read": [read("h", "y"), assign("h", "x")],
    "kept as it is": [read("h", "a"), add("a", "x", "y"), assign("h", "a")],
}


@pytest.mark.parametrize("name", ORDERS)
def test_a_variable_is_what_was_assigned_last(name: str) -> None:
    check(make_model(operands("h x a b c y"), [handle("h"), *ORDERS[name]], ["x"], ["y"]))


def test_variables_that_are_exchanged_and_passed_on() -> None:
    """Each assignment is of the value before, whatever the others assign."""
    handles = [handle("h0", "a"), handle("h1", "b"), handle("h2", "c")]
    steps = [*handles, read("h0", "a"), read("h1", "b"), read("h2", "c"), assign("h0", "b"), assign("h1", "a")]
    steps += [assign("h2", "x"), add("a", "c", "d"), add("d", "x", "y"), assign("h0", "y")]
    graph = check(make_model(operands("h0 h1 h2 x a b c d y"), steps, ["x"], ["y"]))
    assert graph.states == ("a", "b", "c")


def test_two_variables_of_one_value() -> None:
    steps = [handle("h0", "a"), handle("h1", "b"), read("h0", "a"), read("h1", "b"), add("a", "b", "c")]
    steps += [add("c", "x", "y"), assign("h0", "y"), assign("h1", "y")]
    graph = check(make_model(operands("h0 h1 x a b c y"), steps, ["x"], ["y"]))
    assert len({c.update for c in graph.carries}) == 2


def test_initial_values_come_from_the_subgraph_that_is_called_once() -> None:
    """A reset restores them; TFLite Micro's Reset leaves the zero point there, and calls nothing once more."""
    steps = [ONCE, handle("h"), read("h", "a"), add("x", "a", "y"), assign("h", "y")]
    first = np.array([[3, -7, 100, 0]], np.int8)
    data = with_initial(make_model(operands("h x a y"), steps, ["x"], ["y"]), {"v": first})
    (carry,) = check(data, reset_every=None).carries
    assert (carry.initial == first).all()


def test_a_variable_that_is_never_assigned_again_is_a_constant() -> None:
    steps = [ONCE, handle("h"), read("h", "a"), add("x", "a", "y")]
    data = with_initial(make_model(operands("h x a y"), steps, ["x"], ["y"]), {"v": np.full(SHAPE, 9, np.int8)})
    assert check(data, reset_every=None).carries == ()


def test_the_same_bytes_under_another_shape() -> None:
    steps = [handle("h"), read("h", "a"), add("x", "a", "y"), assign("h", "r")]
    reshape = Step("RESHAPE", ["y"], ["r"], "ReshapeOptions", {"newShape": [2, 2]})
    tensors = [*operands("h x a y"), *operands("r", (2, 2))]
    check(make_model(tensors, [*steps[:3], reshape, steps[3]], ["x"], ["y"]))


def test_a_variable_tensor_that_is_read_before_it_is_made() -> None:
    data = make_model(operands("x v y"), [add("x", "v", "y"), add("y", "x", "v")], ["x"], ["y"])

    def change(m: Model) -> None:
        tensor = m.subgraphs[0].tensors[1]
        tensor.isVariable, tensor.quantization.zeroPoint = True, [3]

    (carry,) = check(edit(data, change)).carries
    assert (carry.initial == 3).all() and carry.update == "v"


def test_a_variable_tensor_that_an_operator_updates_is_no_input() -> None:
    case = next(c for c in registry()["svdf"].cases())
    data = write_tflite(with_states(case.draw(np.random.default_rng(0))))
    assert len(read_tflite(data, "m").carries) == 1

    def change(m: Model) -> None:
        (graph,) = m.subgraphs
        graph.inputs = [*graph.inputs, next(i for i, t in enumerate(graph.tensors) if t.isVariable)]

    with pytest.raises(UnsupportedModel, match=r"input '.*': is a variable tensor, which an operator updates"):
        read_tflite(edit(data, change), "m")


def problems(steps: Sequence[Step], names: str = "h x a b y", more: Sequence[Operand] = ()) -> str:
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(make_model([*operands(names), *more], steps, ["x"], ["y"]), "m")
    return e.value.message


def test_a_variable_that_nothing_assigns() -> None:
    found = problems([handle("h"), read("h", "a"), add("x", "a", "y")])
    assert "variable 'v': is read, but nothing assigns it, so that TFLite Micro has no memory for it: assign " in found


def test_a_state_whose_shape_changes() -> None:
    more = operands("z", (1, 6))
    pad = Step("PAD", ["x", "p"], ["z"])
    pads = Operand("p", (2, 2), "int32", None, [[0, 0], [0, 2]])
    found = problems([handle("h"), read("h", "a"), add("x", "a", "y"), pad, assign("h", "z")], more=[*more, pads])
    assert "op 4 ASSIGN_VARIABLE: variable 'v' is int8[1, 6] here, and int8[1, 4] before: a state keeps its sh" in found


def test_an_initial_value_of_another_shape() -> None:
    steps = [ONCE, handle("h"), read("h", "a"), add("x", "a", "y"), assign("h", "y")]
    data = with_initial(make_model(operands("h x a y"), steps, ["x"], ["y"]), {"v": np.zeros((1, 5), np.int8)})
    with pytest.raises(
        UnsupportedModel, match=r"variable 'v': is int8\[1, 5\] at first, and int8\[1, 4\] later: a state"
    ):
        read_tflite(data, "m")


def test_a_second_call_once_one_that_is_late_and_one_of_nothing_all_at_once() -> None:
    steps = [handle("h"), read("h", "a"), ONCE, ONCE, add("x", "a", "y"), assign("h", "y")]
    found = problems(steps)
    assert found.startswith("m.tflite: 3 problems:")
    assert "op 3 CALL_ONCE: is a second CALL_ONCE, expected one: assign all initial values in one subgraph" in found
    assert "op 2 CALL_ONCE: comes after variables were read or assigned, expected before: move it to the start" in found
    assert "op 2 CALL_ONCE: runs subgraph 1, expected another one of this file" in found


def test_a_handle_from_elsewhere() -> None:
    found = problems([read("x", "a"), add("x", "a", "y")])
    assert "op 0 READ_VARIABLE: its handle is not made in this subgraph, and TFLite Micro finds no variable" in found


def test_an_assignment_before_its_value_is_made() -> None:
    found = problems([handle("h"), read("h", "a"), assign("h", "y"), add("x", "a", "y")])
    assert "op 2 ASSIGN_VARIABLE: assigns 'y' before anything makes it, expected operators in order" in found


def test_wrong_numbers_of_operands() -> None:
    steps = [handle("h"), Step("READ_VARIABLE", ["h"], ["a", "b"]), Step("ASSIGN_VARIABLE", ["h"], [])]
    found = problems([*steps, add("a", "x", "y")])
    assert "op 1 READ_VARIABLE: has 1 inputs and 2 outputs, expected a handle, and a value that it makes" in found
    assert "op 2 ASSIGN_VARIABLE: has 1 inputs and 0 outputs, expected a handle and a value" in found


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ([ONCE], "op 2 CALL_ONCE: is reached from a CALL_ONCE itself, expected no other one there: assign all"),
        ([read("h0", "c0")], "subgraph 1, variable 'v': is read while initial values are assigned, expected constants"),
    ],
)
def test_what_the_initial_subgraph_may_not_do(more: Sequence[Step], message: str) -> None:
    steps = [ONCE, handle("h"), read("h", "a"), add("x", "a", "y"), assign("h", "y")]
    model = make_model(operands("h x a y"), steps, ["x"], ["y"])
    if more[0].code == "READ_VARIABLE":
        first = [handle("h0"), more[0]]
        data = with_initial(model, {"w": np.zeros(SHAPE, np.int8)}, first)
    else:
        data = with_initial(model, {"v": np.zeros(SHAPE, np.int8)}, more)
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(data, "m")
    assert message in e.value.message


def test_an_initial_subgraph_with_inputs() -> None:
    steps = [ONCE, handle("h"), read("h", "a"), add("x", "a", "y"), assign("h", "y")]
    data = with_initial(make_model(operands("h x a y"), steps, ["x"], ["y"]), {"v": np.zeros(SHAPE, np.int8)})

    def change(m: schema.ModelT) -> None:
        m.subgraphs[1].inputs = [0]

    with pytest.raises(UnsupportedModel, match="runs subgraph 1, which has inputs, expected none: make it a NoOp"):
        read_tflite(edit(data, change), "m")
