"""Samples in the order of axes of the user's own model, where the graph has another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas
import pytest

import lapel
from lapel.building import GraphBuilder
from lapel.errors import InputError
from lapel.frontends.rewrites.layout import lay_out
from lapel.ir import Graph
from lapel.ops import evaluate
from lapel.proving.inputs import take

LAST, FIRST = (0, 2, 3, 1), (0, 3, 1, 2)
ROUNDING = 1e-5


def brightened(channels: int = 3, height: int = 4, width: int = 5) -> tuple[Graph, Graph]:
    """A channels-first model of an image and the same with channels last: each channel times another number."""
    b = GraphBuilder("brightened")
    x = b.node("transpose", b.input("x", (1, channels, height, width)), perm=LAST)
    y = b.node("mul", x, b.constant("gain", np.arange(1, channels + 1, dtype=np.float32)), activation="none")
    y = b.node("avgpool", y, kernel=(2, 2), stride=(2, 2), pad=(0, 0, 0, 0), activation="none")
    graph = b.graph(b.node("transpose", y, perm=FIRST, name="y"))
    found, _ = lay_out(graph)
    assert found.origin.layouts["x"] == LAST
    return graph, found


def photos(graph: Graph, count: int = 3) -> np.ndarray:
    return np.random.default_rng(0).normal(size=(count, *graph.tensors["x"].type.shape[1:])).astype(np.float32)


def test_samples_of_the_users_order_give_outputs_of_it() -> None:
    graph, found = brightened()
    x = photos(graph)
    want = np.concatenate([evaluate(graph, {"x": v[None]})["y"] for v in x])
    np.testing.assert_allclose(lapel.predict(found, x), want, rtol=ROUNDING)
    np.testing.assert_allclose(lapel.predict(found, x[0]), want[:1], rtol=ROUNDING)
    np.testing.assert_allclose(lapel.predict(found, x[:, None]), want, rtol=ROUNDING)


def test_samples_of_the_graphs_order_are_taken_too() -> None:
    graph, found = brightened()
    x = photos(graph)
    np.testing.assert_array_equal(lapel.predict(found, x.transpose(LAST)), lapel.predict(found, x))
    assert take(found, x).used[0].how == "float32; axes as the model had them, [3, 4, 5], and not [4, 5, 3]"
    assert (
        take(found, x.transpose(LAST)).used[0].how
        == "float32; axes as the graph has them, [4, 5, 3], and not [3, 4, 5]"
    )


def test_of_two_orders_that_fit_the_users_counts() -> None:
    graph, found = brightened(3, 3, 3)
    x = photos(graph)
    want = np.concatenate([evaluate(graph, {"x": v[None]})["y"] for v in x])
    np.testing.assert_allclose(lapel.predict(found, x), want, rtol=ROUNDING)
    assert "as the model had them" in take(found, x).used[0].how


def test_other_shapes_are_told_both() -> None:
    _, found = brightened()
    with pytest.raises(InputError) as e:
        take(found, np.zeros((2, 5, 3, 4), np.float32))
    assert e.value.message == (
        "input 'x' has shape [2, 5, 3, 4], expected [3, 4, 5], [1, …] or [N, …], or in the graph's order of axes "
        "[4, 5, 3]"
    )


def test_a_row_of_a_table_is_in_the_users_order() -> None:
    graph, found = brightened()
    x = photos(graph)
    rows = pandas.DataFrame(x.reshape(3, -1))
    np.testing.assert_allclose(lapel.predict(found, rows), lapel.predict(found, x), rtol=1e-6)


def test_quantized_models_keep_the_order() -> None:
    graph, found = brightened()
    x = photos(graph, 16)
    made = lapel.quantize(found, x).graph
    assert dict(made.origin.layouts) == {"x": LAST, "y": LAST}
    y = lapel.predict(made, x)
    assert isinstance(y, np.ndarray)
    assert np.abs(y - lapel.predict(found, x)).max() < 0.1
    bytes_ = np.random.default_rng(1).integers(-128, 128, (2, 3, 4, 5)).astype(np.int8)
    np.testing.assert_array_equal(lapel.predict(made, bytes_), lapel.predict(made, bytes_.transpose(LAST)))


def test_runs_say_which_was_taken_and_compare_with_float_outputs() -> None:
    graph, found = brightened()
    x = photos(graph, 16)
    made = lapel.quantize(found, x).graph
    want = np.concatenate([evaluate(graph, {"x": v[None]})["y"] for v in x])
    result = lapel.run(replace(made, name="made"), "host", x, float_outputs=want)
    assert "axes as the model had them" in result.inputs[0].how
    assert result.bit_exact and result.outputs[made.results[0]].shape == (16, 1, 2, 2, 3)
    assert not [w for w in result.warnings if "float" in w]
