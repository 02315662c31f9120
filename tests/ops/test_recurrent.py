"""LSTM and SVDF: what is refused and how that is said, what is ignored, and how near they are to their real forms."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from batch import draw_samples, with_states
from lapel.errors import UnsupportedModel
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph, Instance, Quant, Tensor, Type
from lapel.ir.fixed import quantize_multiplier, reduce_multiplier
from lapel.ir.op import lowerable
from lapel.ops import evaluate_sequence, registry
from lapel.ops.lstm import draw_lstm
from lapel.ops.svdf import draw_svdf
from oracle import run_tflite_micro_sequence

sys.path.insert(0, str(Path(__file__).parent.parent / "frontends"))
from modelfile import Model, edit

STEPS, RESET_EVERY = 40, 20
Change = Callable[[Model], object]


def lstm(seed: int = 1, **attrs: object) -> Graph:
    graph = draw_lstm(np.random.default_rng(seed), time_major=False)
    (node,) = graph.nodes
    return replace(graph, nodes=(replace(node, attrs={**node.attrs, **attrs}),))


def svdf(seed: int = 1) -> Graph:
    return draw_svdf(np.random.default_rng(seed), dtype="int8")


def moved(place: int, source: int) -> Change:
    """Another input of the one operator at this place."""

    def change(m: Model) -> None:
        inputs = [int(i) for i in m.subgraphs[0].operators[0].inputs]
        inputs[place] = inputs[source] if source >= 0 else -1
        m.subgraphs[0].operators[0].inputs = inputs

    return change


def option(name: str, value: object) -> Change:
    return lambda m: setattr(m.subgraphs[0].operators[0].builtinOptions, name, value)


def steady(m: Model) -> None:
    """No tensor is a variable: what were are inputs of the model."""
    graph = m.subgraphs[0]
    graph.inputs = [*graph.inputs, *(i for i, t in enumerate(graph.tensors) if t.isVariable)]
    for t in graph.tensors:
        t.isVariable = False


def cut(count: int) -> Change:
    """Fewer inputs of the one operator."""
    return lambda m: setattr(m.subgraphs[0].operators[0], "inputs", m.subgraphs[0].operators[0].inputs[:count])


FILES: list[tuple[Callable[[], Graph], Change, str]] = [
    (lstm, moved(9, 12), "has peephole connections, which TFLite Micro does not run: use a plain LSTM"),
    (lstm, moved(17, 12), "has a projection, which TFLite Micro does not run"),
    (lstm, moved(23, 12), "has layer normalization, which TFLite Micro does not run"),
    (lstm, lambda m: [moved(i, -1)(m) for i in (1, 5, 12)], "has no input gate (CIFG), which TFLite Micro does not"),
    (lstm, moved(6, -1), "input 6 is absent, which TFLite Micro does not run"),
    (lstm, option("fusedActivationFunction", 1), "activation is code 1, expected tanh (4)"),
    (lstm, option("cellClip", -1.0), "cell clip is -1, expected 0 (none) or more"),
    (lstm, cut(20), "has 20 inputs, expected 24"),
    (lstm, steady, "input 18 is no variable tensor, expected one that keeps the state"),
    (svdf, steady, "input 4 is no variable tensor, expected one that keeps the state"),
    (svdf, moved(2, -1), "input 2 is absent"),
    (svdf, option("rank", 0), "rank is 0, expected a divisor of the"),
    (svdf, cut(4), "has 4 inputs, expected 5"),
]


@pytest.mark.parametrize(("graph", "change", "message"), FILES, ids=lambda v: v[:30] if isinstance(v, str) else "")
def test_a_file_is_refused(graph: Callable[[], Graph], change: Change, message: str) -> None:
    data = write_tflite(with_states(graph()))
    read_tflite(data, "sound")
    with pytest.raises(UnsupportedModel) as e:
        read_tflite(edit(data, change), "odd")
    assert message in e.value.message


def problems(graph: Graph, name: str, **changes: object) -> list[str]:
    """Why the node is not legal once a tensor's type or content is changed."""
    (node,) = graph.nodes
    t = graph.tensors[name]
    data = changes.pop("data", t.data)
    assert data is None or isinstance(data, np.ndarray)
    changed = Tensor(name, replace(t.type, **changes), data)  # type: ignore[arg-type]
    tensors = {**graph.tensors, name: changed}
    inst = Instance(node, tuple(tensors[i] for i in node.inputs), tuple(tensors[o] for o in node.outputs))
    return lowerable(registry()[node.op], inst)


ILLEGAL: list[tuple[Callable[[], Graph], str, dict[str, object], str]] = [
    (lstm, "c", {"quant": Quant((2.0**5,), (0,))}, "cell state's scale is 32, expected about 2^-42 to 2^2"),
    (lstm, "c", {"dtype": "int8"}, "cell state is int8, expected int16"),
    (lstm, "w1", {"quant": Quant((0.01,), (3,))}, "weights of the forget gate have zero point 3, expected 0"),
    (lstm, "r2", {"shape": (1, 1)}, "recurrent weights of the cell gate have shape (1, 1), expected"),
    (lstm, "w0", {"quant": Quant((1e30,), (0,))}, "times the output scale, expected below 2^30"),
    (lstm, "x", {"shape": (4, 4)}, "input has shape (4, 4), expected 3 dimensions"),
    (lstm, "h", {"shape": (3, 3, 3)}, "hidden state has shape (3, 3, 3), expected"),
    (svdf, "time", {"dtype": "int32"}, "time weights are int32, expected quantized int8"),
    (svdf, "state", {"dtype": "int16"}, "state is int16, expected int8"),
    (svdf, "feature", {"quant": Quant((0.01,), (1,))}, "feature weights have zero point 1, expected 0"),
    (svdf, "bias", {"dtype": "int64"}, "bias is int64"),
    (svdf, "x", {"shape": (1, 1, 1)}, "expected 2 dimensions each"),
]


@pytest.mark.parametrize(("graph", "name", "changes", "message"), ILLEGAL, ids=[m for *_, m in ILLEGAL])
def test_a_node_is_refused(graph: Callable[[], Graph], name: str, changes: dict[str, object], message: str) -> None:
    assert any(message in p for p in problems(graph(), name, **changes))


def test_sums_beyond_32_bits_are_refused() -> None:
    graph = lstm()
    biases = np.full(graph.tensors["bias3"].type.shape, 2**31 - 1, np.int32)
    assert "a gate's sum could reach" in problems(graph, "bias3", data=biases)[0]
    graph = svdf()
    biases = np.full(graph.tensors["bias"].type.shape, 2**31 - 1, np.int32)
    assert "an accumulator could reach" in problems(graph, "bias", data=biases)[0]


def test_an_activation_that_tflite_micro_leaves_out_is_refused_where_it_matters() -> None:
    graph = svdf()
    (node,) = graph.nodes
    graph = replace(graph, nodes=(replace(node, attrs={**node.attrs, "activation": "relu"}),))
    scale = graph.tensors["y0"].type.scale
    assert problems(graph, "y0", quant=Quant((scale,), (-128,))) == []
    found = problems(graph, "y0", quant=Quant((scale,), (0,)))
    assert "relu would cut the range of its output" in found[0]


def test_a_missing_bias_is_zero() -> None:
    """TFLite Micro reads a null pointer there."""
    graph = svdf()
    (node,) = graph.nodes
    zeros = Tensor("bias", graph.tensors["bias"].type, np.zeros(graph.tensors["bias"].type.shape, np.int32))
    with_zeros = replace(graph, tensors={**graph.tensors, "bias": zeros})
    inputs = tuple("" if i == "bias" else i for i in node.inputs)
    without = replace(graph, nodes=(replace(node, inputs=inputs),))
    op = registry()["svdf"]
    found = []
    for g in (with_zeros, without):
        inst = g.instance(g.nodes[0])
        assert lowerable(op, inst) == []
        samples = draw_samples(graph, np.random.default_rng(3), 4)
        arrays = [None if t is None else t.data if t.data is not None else samples[t.name][3] for t in inst.inputs]
        found.append(op.reference(inst, *arrays))
    assert all(np.array_equal(a, b) for a, b in zip(*found, strict=True))


@pytest.mark.parametrize("field", ["projClip", "asymmetricQuantizeInputs", "diagonalRecurrentTensors"])
def test_options_that_tflite_micro_ignores_change_nothing(field: str) -> None:
    graph = with_states(lstm(4))
    data = edit(write_tflite(graph), option(field, 1))
    samples = draw_samples(graph, np.random.default_rng(5), STEPS)
    steps = [{n: x[k] for n, x in samples.items()} for k in range(STEPS)]
    theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in steps], RESET_EVERY)
    read = read_tflite(data, "odd")
    for values, made in zip(evaluate_sequence(read, steps, RESET_EVERY), theirs, strict=True):
        assert (values[read.results[0]] == made[0]).all()


def test_multipliers_of_gates_are_products_in_double() -> None:
    """Of scales whose product in float32 has another multiplier of 15 bits."""
    x_scale, w_scale = 0.0010000000474974513, 0.0004811008402612060
    exact, rounded = x_scale * w_scale, float(np.float32(x_scale) * np.float32(w_scale))
    reduced = [int(reduce_multiplier(quantize_multiplier(p * 2**12)[0])) for p in (exact, rounded)]
    assert reduced[0] != reduced[1]
    graph = draw_lstm(np.random.default_rng(3), time_major=False, dtype="int16")
    tensors = dict(graph.tensors)
    for name, scale in {"x": x_scale, **dict.fromkeys(("w0", "w1", "w2", "w3"), w_scale)}.items():
        t = tensors[name]
        tensors[name] = Tensor(name, replace(t.type, quant=Quant((float(np.float32(scale)),), (0,))), t.data)
    check_sequence(with_states(replace(graph, tensors=tensors)))


def check_sequence(graph: Graph) -> None:
    samples = draw_samples(graph, np.random.default_rng(5), STEPS)
    steps = [{n: x[k] for n, x in samples.items()} for k in range(STEPS)]
    theirs = run_tflite_micro_sequence(write_tflite(graph), [list(s.values()) for s in steps], RESET_EVERY)
    for values, made in zip(evaluate_sequence(graph, steps, RESET_EVERY), theirs, strict=True):
        assert (values[graph.results[0]] == made[0]).all()


def dequantized(t: Type, values: np.ndarray) -> np.ndarray:
    return (values.astype(np.float64) - (t.quant.zero[0] if t.quant else 0)) * (t.quant.scale[0] if t.quant else 1.0)


@pytest.mark.parametrize("op", ["lstm", "svdf"])
def test_the_real_form_is_what_the_integers_approximate(op: str) -> None:
    """Where nothing saturates, within some steps of the output; sums over several steps of time add up."""
    near = total = 0
    for seed in range(40):
        graph = draw_lstm(np.random.default_rng(seed), time_major=True) if op == "lstm" else svdf(seed)
        inst = graph.instance(graph.nodes[0])
        rng = np.random.default_rng(seed)
        operands = [t for t in inst.inputs if t is not None]
        drawn = [rng.integers(-40, 41, t.type.shape) if t.data is None else t.data for t in operands]
        arrays = [a.astype(t.type.dtype) for a, t in zip(drawn, operands, strict=True)]
        integers = registry()[op].reference(inst, *arrays)[0].astype(np.int64)
        reals = registry()[op].real(inst, *[dequantized(t.type, a) for a, t in zip(arrays, operands, strict=True)])
        inside = np.abs(integers) < 120
        if op == "svdf":  # beyond its limits a state wraps round its zero point
            states = (reals[1] / inst.y(1).scale + inst.y(1).zero).reshape(*integers.shape, -1)
            inside &= np.abs(states).max(axis=-1) < 127
        error = np.abs(dequantized(inst.y(), integers) - reals[0])[inside] / inst.y().scale
        near, total = near + int((error < 4).sum()), total + inside.sum()
    assert total > 40 and near > 0.95 * total
