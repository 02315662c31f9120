"""Every operator that means something on floats, quantized by what it makes: a legal node that still means that."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

import selection
from batch import with_states
from floats import draw_numbers
from lapel.errors import UnsupportedModel
from lapel.ir import Graph
from lapel.ir.op import well_formed
from lapel.ir.signature import is_float
from lapel.ops import evaluate, registry, verify
from lapel.quantization import choose_types, convert, dequantized, numbers, observe, observers, range_of, stored

pytestmark = pytest.mark.selected
CASES = [(name, k) for name in selection.operators() for k in range(len(registry()[name].cases()))]
IDS = [f"{name}-{registry()[name].cases()[k].name}" for name, k in CASES]
STEPS = {"softmax": 4, "sqdiff": 4, "svdf": 16, "lstm": 40}
"""Output steps by which integers may be off what they stand for, where it is not two: of what is rounded within."""
OTHERWISE = {("softmax", "int16"): "TFLite Micro interpolates in tables of 513 values"}
REFUSED = {("relu-relu1", "int16"): "relu_n1_to_1 of int16"}


def float_case(name: str, k: int) -> tuple[Graph, dict[str, np.ndarray]] | None:
    """A float graph of a case with samples for it; None if it has no floats, or makes infinities of them."""
    case = registry()[name].cases()[k]
    integers = case.draw(np.random.default_rng((zlib.crc32(case.name.encode()), 0)))
    graph = dequantized(integers)
    inst = graph.instance(graph.nodes[0])
    floats = any(is_float(t.type) for t in (*inst.inputs, *inst.outputs) if t is not None)
    if well_formed(registry()[name], inst) or not floats or not graph.inputs:
        return None
    graph = verify(with_states(graph))
    given = {n: x for n, x in draw_numbers(np.random.default_rng(k), integers).items() if n in graph.arguments}
    finite = all(np.isfinite(y).all() for y in evaluate(graph, given).values() if y.dtype.kind == "f")
    return (graph, given) if finite else None


@pytest.mark.parametrize("dtype", ["int8", "int16"])
@pytest.mark.parametrize(("name", "k"), CASES, ids=IDS)
def test_a_node_is_quantized(name: str, k: int, dtype: str) -> None:
    found = float_case(name, k)
    if found is None:
        return
    graph, given = found
    seen = observe(graph, {n: x[None] for n, x in given.items()}, observers()["minmax"])
    types = choose_types(graph, {n: o.found(dtype) for n, o in seen.items()}, dtype)
    refused = REFUSED.get((f"{name}-{registry()[name].cases()[k].name}", dtype))
    if refused is not None:
        with pytest.raises(UnsupportedModel, match=refused):
            convert(graph, types)
        return
    made = convert(graph, types)
    q = {n: x if made.tensors[n].type.quant is None else stored(made.tensors[n].type, x) for n, x in given.items()}
    integers = evaluate(made, q)
    assert [n.name for n in made.nodes if n.op == name] == [n.name for n in graph.nodes]
    if len(made.nodes) > 1 or (name, dtype) in OTHERWISE:
        return
    rounded = {n: meaning(made, n, x) for n, x in q.items()}
    meant = evaluate(dequantized(made), rounded)
    for y in made.results:
        t = made.tensors[y].type
        if t.quant is None:
            assert (integers[y] == meant[y]).mean() > 0.9
            continue
        steps = np.abs(numbers(t, integers[y]) - np.clip(meant[y], *range_of(t))) / t.scale
        assert steps.max() <= STEPS.get(name, 2), f"{made}\n{steps.max()}"


def meaning(made: Graph, name: str, q: np.ndarray) -> np.ndarray:
    """What an input stands for, as the dequantized graph takes it."""
    t = made.tensors[name].type
    return q if t.quant is None else numbers(t, q).astype(np.float32)
