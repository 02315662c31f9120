from __future__ import annotations

import numpy as np
import pytest

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedNode
from lapel.ops import evaluate

IMAGE = {"stride": (1, 1), "dilation": (1, 1), "pad": (1, 1, 1, 1)}


def test_shapes_come_from_operators() -> None:
    b = GraphBuilder("net")
    x = b.input("x", (1, 5, 4, 2))
    w = b.constant("w", np.ones((3, 3, 3, 2), np.float32))
    y = b.node("conv", x, w, None, activation="relu", **IMAGE)
    graph = b.graph(y)
    assert graph.tensors[y.name].type.shape == (1, 5, 4, 3)
    assert graph.nodes[0].attrs["rounding"] == "double"
    found = evaluate(graph, {"x": np.ones((1, 5, 4, 2), np.float32)})[y.name]
    assert found[0, 2, 2].tolist() == [18.0] * 3


def test_names_are_unique() -> None:
    b = GraphBuilder("net")
    x = b.input("relu", (1, 4))
    y = b.node("relu", x, activation="relu")
    z = b.node("relu", y, activation="relu6")
    assert [y.name, z.name] == ["relu_1", "relu_2"]
    assert [n.name for n in b.graph(z).nodes] == ["relu_1", "relu_2"]


def test_many_outputs() -> None:
    b = GraphBuilder("net")
    parts = b.split("split", b.input("x", (1, 6)), name="parts", axis=1, sizes=(2, 4))
    graph = b.graph(*parts)
    assert [graph.tensors[t].type.shape for t in graph.outputs] == [(1, 2), (1, 4)]


def test_what_means_nothing_is_refused_and_leaves_nothing() -> None:
    b = GraphBuilder("net")
    x = b.input("x", (1, 4))
    with pytest.raises(UnsupportedNode, match="activation"):
        b.node("relu", x, activation="swish")
    assert list(b.tensors) == ["x"] and not b.nodes
    with pytest.raises(UnsupportedNode, match="complex"):
        b.constant("c", np.zeros(3, np.complex64))


def test_unread_constants_are_left_out() -> None:
    b = GraphBuilder("net")
    x = b.input("x", (1, 4))
    b.constant("unused", np.zeros(3, np.float32))
    assert list(b.graph(b.node("abs", x)).tensors) == ["x", "abs"]
