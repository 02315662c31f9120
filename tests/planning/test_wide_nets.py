"""Rewrites on graphs of int16 activations: exact, with biases of 64 bits."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from batch import draw_samples
from lapel.families.draw import symmetric_weights
from lapel.ir import Graph, Node, Tensor, Type
from lapel.ir.graph import Quant
from lapel.planning import make_plan
from lapel.targets import load_target

LAYER = {"stride": (1, 1), "dilation": (1, 1), "pad": (0, 0, 0, 0), "activation": "none", "rounding": "reduced"}
CHANNELS, CONSTANT = 8, (1, 4, 6)


def net(rng: np.random.Generator, bias: bool) -> Graph:
    """x -> conv with filters of zeros -> leakyrelu -> conv -> y; the second has a bias or not."""

    def values(name: str) -> Tensor:
        return Tensor(name, Type((1, 4, 4, CHANNELS), "int16", Quant((0.01,), (0,))))

    first = symmetric_weights(rng, "w1", (CHANNELS, 1, 1, CHANNELS), 0)
    assert first.data is not None
    data = first.data.copy()
    data[list(CONSTANT)] = 0
    biases = rng.integers(-(2**33), 2**33, (2, CHANNELS))
    constants = [
        Tensor("w1", first.type, data),
        symmetric_weights(rng, "w2", (CHANNELS, 1, 1, CHANNELS), 0),
        *(Tensor(f"b{k + 1}", Type((CHANNELS,), "int64"), b) for k, b in enumerate(biases)),
    ]
    nodes = (
        Node("conv", "first", ("x", "w1", "b1"), ("a",), LAYER),
        Node("leakyrelu", "leaky", ("a",), ("b",), {"alpha": 0.25}),
        Node("conv", "second", ("b", "w2", "b2" if bias else ""), ("y",), LAYER),
    )
    tensors = {t.name: t for t in [*map(values, "xaby"), *constants] if bias or t.name != "b2"}
    return Graph("wide", nodes, tensors, ("x",), ("y",))


@pytest.mark.parametrize("bias", [True, False])
def test_constant_channels_move_into_a_bias_of_64_bits(bias: bool) -> None:
    graph = net(np.random.default_rng(6), bias)
    plan = make_plan(graph, load_target("host"))
    assert any(f"first loses {len(CONSTANT)} of {CHANNELS} filters" in note.text for note in plan.notes), plan.notes
    assert plan.graph.tensors[plan.graph.nodes[-1].inputs[2]].type.dtype == "int64"
    assert lapel.run(graph, "host", draw_samples(graph, np.random.default_rng(7), 5)).bit_exact


def test_padding_and_rectifier_are_folded_into_the_convolution() -> None:
    rng, quant = np.random.default_rng(8), Quant((0.01,), (0,))
    shapes = {"x": (1, 4, 5, 4), "p": (1, 6, 7, 4), "a": (1, 4, 5, 3), "y": (1, 4, 5, 3)}
    tensors = {n: Tensor(n, Type(s, "int16", quant)) for n, s in shapes.items()}
    tensors["w"] = symmetric_weights(rng, "w", (3, 3, 3, 4), 0)
    pads = (0, 1, 1, 0)
    nodes = (
        Node("pad", "pad", ("x",), ("p",), {"before": pads, "after": pads, "value": 0}),
        Node("conv", "conv", ("p", "w", ""), ("a",), LAYER),
        Node("relu", "relu", ("a",), ("y",), {"activation": "relu"}),
    )
    graph = Graph("folded", nodes, tensors, ("x",), ("y",))
    assert [n.op for n in make_plan(graph, load_target("host")).graph.nodes] == ["conv"]
    assert lapel.run(graph, "host", draw_samples(graph, rng, 5)).bit_exact
