"""A gated recurrent unit of plain operators, whose hidden state is carried from call to call."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from batch import draw_samples
from lapel.ir import Carry, Graph, Node, Quant, Tensor, Type, rest_value
from lapel.ops import evaluate_sequence, verify

INPUTS, UNITS = 10, 7
STEPS, RESET_EVERY = 200, 100
HIDDEN = Quant((1 / 128,), (0,))
GATE = Quant((1 / 256,), (-128,))
SUMS = Quant((0.03,), (3,))


class Builder:
    """Appends nodes to a graph; every method returns the name of what it made."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}

    def tensor(self, name: str, shape: tuple[int, ...], quant: Quant) -> str:
        self.tensors[name] = Tensor(name, Type(shape, "int8", quant))
        return name

    def node(self, op: str, inputs: tuple[str, ...], quant: Quant, **attrs: object) -> str:
        name = f"{op}_{len(self.nodes)}"
        self.nodes.append(Node(op, name, inputs, (name,), attrs))
        return self.tensor(name, (1, UNITS), quant)

    def dense(self, x: str) -> str:
        width, name = self.tensors[x].type.shape[-1], f"w_{len(self.nodes)}"
        data = self.rng.integers(-127, 128, (UNITS, width)).astype(np.int8)
        self.tensors[name] = Tensor(name, Type(data.shape, "int8", Quant((0.02,), (0,))), data)
        attrs = {"activation": "none", "keep_dims": False, "rounding": "double"}
        return self.node("dense", (x, name, ""), SUMS, **attrs)

    def gate(self, op: str, quant: Quant, x: str, h: str) -> str:
        sums = self.node("add", (self.dense(x), self.dense(h)), SUMS, activation="none")
        return self.node(op, (sums,), quant)


def gru() -> Graph:
    """h' = n - z·n + z·h, with z, r = logistic(W x + U h) and n = tanh(W x + U (r·h))."""
    b = Builder(np.random.default_rng(1))
    x, h = b.tensor("x", (1, INPUTS), Quant((0.02,), (-5,))), b.tensor("h", (1, UNITS), HIDDEN)
    z, r = b.gate("logistic", GATE, x, h), b.gate("logistic", GATE, x, h)
    n = b.gate("tanh", HIDDEN, x, b.node("mul", (r, h), HIDDEN, activation="none"))
    kept, dropped = (b.node("mul", (z, v), HIDDEN, activation="none") for v in (h, n))
    fresh = b.node("sub", (n, dropped), HIDDEN, activation="none")
    new = b.node("add", (fresh, kept), HIDDEN, activation="none")
    carry = Carry(h, new, rest_value(b.tensors[h].type))
    return verify(Graph("gru", tuple(b.nodes), b.tensors, (x, h), (z, new), (carry,)))


@pytest.mark.parametrize("core", ["host", "cortex-m4", "cortex-m55"])
def test_a_unit_of_plain_operators_keeps_its_state(core: str) -> None:
    graph = gru()
    samples = draw_samples(graph, np.random.default_rng(2), STEPS)
    result = lapel.run(graph, core, samples, reset_every=RESET_EVERY)
    assert result.bit_exact and result.samples == STEPS


def test_the_state_matters() -> None:
    """The same two samples twice: only with a reset between them the results are the same."""
    graph = gru()
    x = draw_samples(graph, np.random.default_rng(2), 2)["x"]
    steps = [{"x": v} for v in (*x, *x)]
    (name,) = graph.results
    kept, reset = ([v[name] for v in evaluate_sequence(graph, steps, every)] for every in (None, 2))
    assert np.array_equal(reset[2:], reset[:2])
    assert not np.array_equal(kept[2:], kept[:2])
