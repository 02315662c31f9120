"""Float nodes become float32 forms, where there is one; everything else stays."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.building import GraphBuilder
from lapel.errors import FloatModel, UnsupportedModel
from lapel.ir import Graph
from lapel.ops import evaluate, registry
from lapel.planning import make_plan
from lapel.planning.floats import float32_forms, in_float32
from lapel.targets import load_target


def net(weight: float = 1.0) -> Graph:
    b = GraphBuilder("net")
    x = b.input("x", (1, 40))
    w = np.random.default_rng(0).normal(0, 1, (7, 40)).astype(np.float32)
    w[3, 5] *= weight
    return b.graph(
        b.node("softmax", b.node("dense", x, b.constant("w", w), activation="relu", keep_dims=False), beta=1.0)
    )


def test_nodes_are_replaced_once() -> None:
    graph = net()
    lowered = in_float32(graph)
    assert [n.op for n in lowered.nodes] == ["densef32", "softmaxf32"]
    assert in_float32(lowered) is lowered and lowered.tensors == graph.tensors
    assert [n.op for n in make_plan(graph, load_target("host")).graph.nodes] == ["densef32", "softmaxf32"]
    x = {"x": np.random.default_rng(1).normal(0, 1, (1, 40)).astype(np.float32)}
    found, real = (evaluate(g, x)[graph.outputs[0]] for g in (lowered, graph))
    assert np.abs(found - real).max() < 1e-5


def test_forms_are_of_operators_with_the_same_attributes() -> None:
    for name, form in float32_forms().items():
        assert registry()[form].attributes == registry()[name].attributes
        assert registry()[form].float32_of == name and not registry()[form].tflite


def test_integers_stay() -> None:
    graph = registry()["dense"].cases()[0].draw(np.random.default_rng(0))
    assert in_float32(graph) is graph


def test_weights_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(UnsupportedModel, match=r"has an infinity or NaN, expected finite numbers") as e:
        make_plan(net(np.inf), load_target("host"))
    assert not isinstance(e.value, FloatModel)


def test_what_has_no_form_is_refused_in_one_line() -> None:
    b = GraphBuilder("net")
    x = b.input("x", (1, 4))
    graph = b.graph(b.node("gelu", b.node("relu", x, activation="relu"), approximate=True))
    with pytest.raises(FloatModel, match=r"1 of 2 operators compute in float32 and have no float32 kernel \(gelu\)"):
        make_plan(graph, load_target("host"))
