"""Quantization for accumulators of int16: no sum leaves them, a kernel of 8-bit cores takes it, little is lost."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier
from sklearn.tree import DecisionTreeClassifier

import lapel
from floatnets import Net
from lapel.errors import UnsupportedModel, UsageError
from lapel.ir import Graph, Node, Quant
from lapel.ir.shortmultiplier import short_multiplier
from lapel.ops import evaluate, registry
from lapel.quantization.accumulators import narrow_weights
from lapel.quantization.calibrated import Calibrated
from lapel.variants import variants
from lapel.wish import Quantization

NARROW = Quantization(accumulators="int16")


def ends(graph: Graph, node: Node) -> tuple[int, int]:
    """The least and the greatest sum that any x can make in a layer."""
    x, w, bias = (graph.tensors[n] for n in node.inputs)
    assert w.data is not None and bias.data is not None and w.type.quant is not None
    rows = np.moveaxis(w.data, w.type.quant.axis or 0, 0).reshape(bias.type.size, -1).astype(int)
    products = rows * (-128 - x.type.zero), rows * (127 - x.type.zero)
    least, greatest = (pick(*products).sum(axis=1) + bias.data for pick in (np.minimum, np.maximum))
    return int(least.min()), int(greatest.max())


def weighted(graph: Graph) -> list[Node]:
    return [n for n in graph.nodes if n.op != "reshape"]


@pytest.fixture(scope="module")
def net() -> Graph:
    """A convolution, a depthwise one and a dense layer whose weights spread over all of int8."""
    b = Net("net")
    y = b.conv(b.input("image", (1, 6, 6, 3)), "first", 8, 3, "relu")
    y = b.depthwise(y, "second", 3, "relu6")
    return b.graph(b.dense(b.node("reshape", y, shape=(1, 32)), "last", 7))


@pytest.mark.parametrize("correct", [True, False])
def test_no_sum_leaves_16_bits(net: Graph, correct: bool) -> None:
    x = {"image": np.random.default_rng(0).random((24, 1, 6, 6, 3)).astype(np.float32)}
    wide, narrow = (
        Calibrated(net, x).quantized(Quantization(accumulators=a, correct_bias=correct)) for a in ("int32", "int16")
    )
    for node in weighted(narrow):
        least, greatest = ends(narrow, node)
        assert least >= -(2**15) and greatest - least > 2**14 and greatest < 2**15
        (call,) = registry()[node.op].lower(narrow.instance(node))
        mul, shift = (np.asarray(call.params[k]).tolist() for k in ("mul", "shift"))
        assert all(short_multiplier(m, s, -(2**15), 2**15 - 1) for m, s in zip(mul, shift, strict=True))
    assert all(ends(wide, node)[1] >= 2**15 for node in weighted(wide))


def test_scales_that_fit_stay(net: Graph) -> None:
    calibrated = Calibrated(net, {"image": np.random.default_rng(0).random((24, 1, 6, 6, 3)).astype(np.float32)})
    made = calibrated.quantized(replace(NARROW, correct_bias=False))
    again = narrow_weights(net, made, 8)
    assert len(again) == 3 and all(made.tensors[name].type == type_ for name, type_ in again.items())


def test_a_perceptron_of_scikit_learn_keeps_its_accuracy() -> None:
    x, y = load_digits(return_X_y=True)
    model = MLPClassifier((24,), max_iter=12, random_state=0, learning_rate_init=0.01)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it has not converged after so many epochs
        model.fit(x[:1200], y[:1200])
    wide, narrow = (lapel.from_sklearn(model, x[:1200], accumulators=a) for a in ("int32", "int16"))
    file = lapel.load(lapel.write_tflite(narrow))  # whose scales are float32
    calls = [c for n in file.nodes for c in registry()[n.op].lower(file.instance(n))]
    assert len(calls) == 2 and not any(isinstance(variants()["dense_avr_fitted"].specialize(c), str) for c in calls)
    right = [float((evaluated(g, x[1200:]) == y[1200:]).mean()) for g in (wide, narrow)]
    assert right[0] > 0.8 and right[1] > right[0] - 0.02


def evaluated(graph: Graph, x: np.ndarray) -> np.ndarray:
    """The classes that the reference says."""
    t = graph.tensors[graph.inputs[0]].type
    q = np.clip(np.rint(x / t.scale) + t.zero, -128, 127).astype(np.int8)
    return np.array([evaluate(graph, {graph.inputs[0]: row[None]})[graph.outputs[0]].argmax() for row in q])


def test_what_has_no_such_scales_says_so() -> None:
    """An output of which a step is less than one of x makes."""
    b = Net("steep")
    graph = b.graph(b.dense(b.input("x", (1, 3)), "only", 2))
    made = Calibrated(graph, {"x": np.ones((9, 1, 3), np.float32)}).quantized(Quantization())
    y = made.tensors[made.outputs[0]]
    steep = replace(y, type=replace(y.type, quant=Quant((1e-7,), (0,))))
    with pytest.raises(UnsupportedModel, match="steep: cannot be quantized for accumulators of int16") as found:
        narrow_weights(graph, replace(made, tensors={**made.tensors, y.name: steep}), 8)
    assert "node 'only' (dense): its weights reach" in str(found.value)
    assert "expected less for an output of scale 1e-07: use int32" in str(found.value)


def test_trees_have_no_accumulators() -> None:
    x = np.arange(20.0).reshape(-1, 2)
    tree = DecisionTreeClassifier().fit(x, np.arange(10) % 2)
    with pytest.raises(UsageError, match="accumulators was given, and DecisionTreeClassifier has no such"):
        lapel.from_sklearn(tree, x, accumulators="int16")
    with pytest.raises(UsageError, match="accumulators is 'int8', expected 'int32' or 'int16'"):
        lapel.from_sklearn(tree, x, accumulators="int8")  # type: ignore[arg-type]
