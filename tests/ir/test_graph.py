"""Graph: printing, identity, and the invariants that verify keeps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lapel.errors import InputError, InvalidGraph
from lapel.ir import Graph, Node, Quant, Tensor, Type
from lapel.ops import evaluate, registry, verify

Q = Quant((0.5,), (3,))
X = Tensor("x", Type((1, 4), "int8", Q))


def reshape_graph(**change: object) -> Graph:
    y = Tensor("y", Type((2, 2), "int8", Q))
    fields = {
        "name": "g",
        "nodes": (Node("reshape", "r", ("x",), ("y",), {"shape": (2, 2)}),),
        "tensors": {"x": X, "y": y},
        "inputs": ("x",),
        "outputs": ("y",),
    }
    return Graph(**{**fields, **change})  # type: ignore[arg-type]


def test_prints_one_node_a_line() -> None:
    lines = str(reshape_graph()).splitlines()
    assert lines[0] == "graph g(x: int8[1,4] 0.5*(q-3))"
    assert lines[1].startswith("  y: int8[2,2]") and "reshape(x)" in lines[1]
    assert lines[2] == "  return y"


def test_digest_depends_on_weights_and_attributes_not_on_the_name() -> None:
    g = registry()["dense"].cases()[0].draw(np.random.default_rng(0))
    other = registry()["dense"].cases()[0].draw(np.random.default_rng(1))
    assert g.digest() == Graph("other", g.nodes, g.tensors, g.inputs, g.outputs).digest()
    assert g.digest() != other.digest()


def test_tensors_are_read_only() -> None:
    t = Tensor("c", Type((2,), "int8"), np.zeros(2, np.int8))
    assert t.data is not None
    with pytest.raises(ValueError, match="read-only"):
        t.data[0] = 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"inputs": ()}, "reads 'x' before anything makes it"),
        ({"outputs": ("z",)}, "nothing makes the output 'z'"),
        ({"tensors": {"x": X}}, "'y' is not a tensor of the graph"),
        ({"tensors": {"x": X, "y": X}}, "is filed under 'y'"),
        ({"tensors": {"x": X, "y": Tensor("y", Type((0, 2), "int8", Q))}}, "dimension below 1"),
        ({"tensors": {"x": X, "y": Tensor("y", Type((2, 2), "int4"))}}, "unknown dtype 'int4'"),
        (
            {"tensors": {"x": X, "y": Tensor("y", Type((2, 2), "int8", Quant((1.0, 2.0), (0, 0))))}},
            "2 scales for quantization axis None",
        ),
        ({"nodes": reshape_graph().nodes * 2}, "makes 'y' a second time"),
        (
            {
                "nodes": (*reshape_graph().nodes, replace(reshape_graph().nodes[0], outputs=("z",))),
                "tensors": {**reshape_graph().tensors, "z": replace(reshape_graph().tensors["y"], name="z")},
            },
            "two nodes are called",
        ),
    ],
)
def test_verify_names_the_broken_invariant(change: dict, message: str) -> None:
    with pytest.raises(InvalidGraph, match=message):
        verify(reshape_graph(**change))


def test_evaluate_checks_its_inputs() -> None:
    g = reshape_graph()
    with pytest.raises(InputError, match=r"input 'x' .* is missing"):
        evaluate(g, {})
    with pytest.raises(InputError, match=r"is int16\[1, 4\], expected int8"):
        evaluate(g, {"x": np.zeros((1, 4), np.int16)})
