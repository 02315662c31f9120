"""Factors and terms by the channel become part of weights and biases, where that is the same network."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from lapel.building import GraphBuilder
from lapel.frontends.rewrites.identity import drop_identities
from lapel.frontends.rewrites.scaling import fold_scaling
from lapel.ir import Graph
from lapel.ops import evaluate

WINDOW = {"stride": (1, 2), "dilation": (1, 1)}
NO_PAD, PADDED = {"pad": (0, 0, 0, 0)}, {"pad": (1, 1, 1, 1)}
CASES: dict[str, tuple[str, tuple[int, ...], dict[str, Any], bool]] = {
    "conv": ("conv", (6, 3, 3, 4), NO_PAD | WINDOW, True),
    "groups": ("conv", (6, 3, 3, 2), NO_PAD | WINDOW, True),
    "padded": ("conv", (6, 3, 3, 4), PADDED | WINDOW, False),
    "multiplied": ("depthwise", (1, 3, 3, 12), NO_PAD | WINDOW, True),
    "points": ("tconv", (6, 1, 1, 4), {"size": (5, 5), "stride": (1, 1), **NO_PAD}, True),
    "overlapping": ("tconv", (6, 3, 3, 4), {"size": (11, 11), "stride": (2, 2), **NO_PAD}, False),
    "dense": ("dense", (6, 4), {"keep_dims": True}, True),
    "several": ("dense", (6, 2), {"keep_dims": False}, False),
}
"""Operator, shape of its weights, attributes, whether a term before it is one behind it."""


def norm(b: GraphBuilder, x: Any, rng: np.random.Generator, first: str, then: str) -> Any:
    for op in (first, then):
        x = b.node(op, x, b.constant(op, rng.uniform(0.5, 2, x.type.shape[-1]).astype(np.float32)))
    return x


def both(graph: Graph, other: Graph) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(1).normal(size=graph.tensors["x"].type.shape).astype(np.float32)
    a, b = (evaluate(g, {"x": x})[g.outputs[0]] for g in (graph, other))
    return a, b


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("terms", [False, True], ids=["factors", "terms"])
def test_before_and_behind_a_layer(case: str, terms: bool) -> None:
    op, shape, attrs, folds = CASES[case]
    rng = np.random.default_rng(0)
    b = GraphBuilder("net")
    x = norm(b, b.input("x", (1, 5, 5, 4)), rng, "mul", "sub" if terms else "div")
    w = b.constant("w", rng.normal(size=shape).astype(np.float32))
    graph = b.graph(norm(b, b.node(op, x, w, **attrs), rng, "mul", "add"))
    made, _ = fold_scaling(graph)
    one = case != "several" and (folds or not terms)
    assert [n.op for n in made.nodes][-1] == op and (len(made.nodes) == 1) == one
    np.testing.assert_allclose(*both(graph, made), atol=1e-5)


def test_arithmetic_of_nothing_goes_and_other_arithmetic_stays() -> None:
    b = GraphBuilder("net")
    y = b.input("x", (1, 4))
    constant = iter(b.constant("c", np.float32(v)) for v in (1, 0, 1, 0, 0, 1, 1))
    y = b.node("mul", y, next(constant))
    y = b.node("add", next(constant), y)
    y = b.node("div", y, next(constant))
    y = b.node("sub", y, next(constant))
    y = b.node("sub", next(constant), b.node("neg", y))
    y = b.node("div", next(constant), y)
    graph = b.graph(b.node("relu", b.node("mul", y, next(constant)), activation="relu"))
    made, _ = drop_identities(graph)
    assert [n.op for n in made.nodes] == ["neg", "sub", "div", "relu"]
    np.testing.assert_array_equal(*both(graph, made))


def test_moves_of_nothing_go_and_moves_of_moves_are_one() -> None:
    b = GraphBuilder("net")
    y = b.input("x", (1, 2, 3, 4))
    y = b.node("pad", y, before=(0,) * 4, after=(0,) * 4, value=3.0)
    y = b.node("mirrorpad", b.node("concat", y, axis=1), before=(0,) * 4, after=(0,) * 4, edge=True)
    whole = {"begin": (0,) * 4, "count": (1, 2, 3, 4), "shape": (1, 2, 3, 4)}
    y = b.node("slice", y, step=(1,) * 4, **whole)
    y = b.node("slice", y, step=(1, -1, 1, 1), **{**whole, "begin": (0, 1, 0, 0)})
    y = b.node("transpose", b.node("transpose", y, perm=(0, 3, 1, 2)), perm=(0, 2, 1, 3))
    y = b.node("reshape", b.node("reshape", y, shape=(24,)), shape=(4, 6))
    graph = b.graph(y)
    made, _ = drop_identities(graph)
    assert {n.op for n in made.nodes} == {"slice", "transpose", "reshape"}
    np.testing.assert_array_equal(*both(graph, made))
