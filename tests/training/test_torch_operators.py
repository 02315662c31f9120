"""Operators in PyTorch: within 1e-5 of the reference over the reals, over every case that they have as floats."""

from __future__ import annotations

import zlib

import numpy as np
import pytest
import torch

from floats import TOLERANCE, difference, draw_numbers
from lapel.errors import UnsupportedModel
from lapel.ir import Graph
from lapel.ir.op import well_formed
from lapel.ir.signature import is_float
from lapel.ops import evaluate, registry
from lapel.quantization import dequantized
from lapel.training.module import GraphModule
from lapel.training.operators import torch_operators

DRAWS = 3
CASES = [(name, k) for name in torch_operators() for k in range(len(registry()[name].cases()))]
IDS = [f"{name}-{registry()[name].cases()[k].name}" for name, k in CASES]


def drawn(name: str, k: int) -> list[Graph]:
    case = registry()[name].cases()[k]
    return [case.draw(np.random.default_rng((zlib.crc32(case.name.encode()), i))) for i in range(DRAWS)]


def has_reals(graph: Graph) -> bool:
    inst = graph.instance(graph.nodes[0])
    return not well_formed(registry()[inst.node.op], inst) and all(is_float(t.type) for t in inst.outputs)


@pytest.mark.parametrize(("name", "k"), CASES, ids=IDS)
def test_equals_the_reference(name: str, k: int) -> None:
    for i, integers in enumerate(drawn(name, k)):
        graph = dequantized(integers)
        if not has_reals(graph):
            continue
        inputs = draw_numbers(np.random.default_rng(i), integers)
        want = evaluate(graph, inputs)
        with torch.no_grad():
            found = GraphModule(graph)({n: torch.from_numpy(x) for n, x in inputs.items()})
        for name_, y in zip(graph.outputs, found, strict=True):
            assert tuple(y.shape) == want[name_].shape
            assert difference(y.numpy(), want[name_]) <= TOLERANCE, f"{graph}"


BETWEEN = {"quantize"}
"""Operators of integer graphs alone: over the reals they do nothing."""


@pytest.mark.parametrize("name", sorted(set(torch_operators()) - BETWEEN))
def test_every_operator_has_a_case_and_learns(name: str) -> None:
    """Gradients reach every float operand, but for those that choose and do not compute."""
    graphs = [dequantized(g) for k in range(len(registry()[name].cases())) for g in drawn(name, k)]
    graph = next(g for g in graphs if has_reals(g))
    rng = np.random.default_rng(0)
    inputs = {
        n: torch.from_numpy(rng.uniform(0.5, 2, graph.tensors[n].type.shape).astype(np.float32)).requires_grad_()
        for n in graph.inputs
    }
    made = GraphModule(graph)(inputs)
    sum(y.sum() for y in made).backward()
    for x in inputs.values():
        assert x.grad is not None and torch.isfinite(x.grad).all()


def test_all_nodes_that_cannot_be_trained_are_named() -> None:
    ints = registry()["argmax"].cases()[0].draw(np.random.default_rng(0))
    with pytest.raises(UnsupportedModel, match="operator 'argmax' cannot be trained, expected one of"):
        GraphModule(dequantized(ints))
    with pytest.raises(UnsupportedModel, match="quantized integers"):
        GraphModule(registry()["conv"].cases()[0].draw(np.random.default_rng(0)))
