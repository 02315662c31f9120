"""Operators over the reals: within 1e-5 of LiteRT's float kernels, for every operator and every one of its cases."""

from __future__ import annotations

import zlib
from dataclasses import replace

import numpy as np
import pytest

import selection
from batch import with_states
from floats import TOLERANCE, difference, draw_numbers, draw_stored, has_numbers
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import DTYPES, Graph
from lapel.ir.op import well_formed
from lapel.ir.signature import is_float
from lapel.ops import evaluate, registry, verify
from lapel.planning.floats import in_float32
from lapel.quantization import dequantized, numbers
from oracle import run_litert

DRAWS = 4
pytestmark = pytest.mark.selected
CASES = [(name, k) for name in selection.operators() for k in range(len(registry()[name].cases()))]
IDS = [f"{name}-{registry()[name].cases()[k].name}" for name, k in CASES]


def drawn(name: str, k: int, count: int = DRAWS) -> list[Graph]:
    case = registry()[name].cases()[k]
    return [case.draw(np.random.default_rng((zlib.crc32(case.name.encode()), i))) for i in range(count)]


def has_reals(graph: Graph) -> bool:
    """Whether the node means something on floats."""
    inst = graph.instance(graph.nodes[0])
    return not well_formed(registry()[inst.node.op], inst) and any(is_float(t.type) for t in inst.outputs + inst.inputs)


REAL_CASES = [(c, i) for c, i in zip(CASES, IDS, strict=True) if has_reals(dequantized(drawn(*c, 1)[0]))]
WITHOUT = {name for name, op in registry().items() if not any(has_numbers(row) for row in op.signatures)}
"""Operators on integers, truth values and shapes, whatever they stand for: no operand has a form of floats."""
BETWEEN = {"quantize", "dequantize"}
"""Operators between integers and reals: over the reals they do nothing."""


DECIDING = {"forest"}
"""Operators that compare numbers, floats among them, with integers for what follows: no graph is of floats alone."""


def test_every_operator_has_reals() -> None:
    assert {"cast", "logicaland", "shape"} <= WITHOUT
    named = set(selection.operators())
    assert named - {name for (name, _), _ in REAL_CASES} == {*BETWEEN, *DECIDING, *WITHOUT} & named
    for name in BETWEEN & named:
        graph, x = drawn(name, 0)[0], np.linspace(-1, 1, 5)
        assert (registry()[name].real(graph.instance(graph.nodes[0]), x)[0] == x).all()


def as_in_files(graph: Graph) -> Graph:
    """With the operator that a float32 form is of."""
    (node,) = graph.nodes
    form = registry()[node.op].float32_of
    return replace(graph, nodes=(replace(node, op=form),)) if form else graph


REFUSED_BY_LITERT = [("prelu", "wider")]
"""Where x is repeated."""
NO_REFERENCE = {"elu"}
"""Operators that are not among LiteRT's reference kernels."""


@pytest.mark.parametrize(("name", "k"), [c for c, _ in REAL_CASES], ids=[i for _, i in REAL_CASES])
def test_equals_litert(name: str, k: int) -> None:
    for i, integers in enumerate(drawn(name, k)):
        graph = verify(with_states(dequantized(integers)))
        inputs = {n: x for n, x in draw_numbers(np.random.default_rng(i), integers).items() if n in graph.arguments}
        found = evaluate(graph, inputs)
        if (name, registry()[name].cases()[k].name) in REFUSED_BY_LITERT:
            continue
        graph = as_in_files(graph)
        if not registry()[graph.nodes[0].op].tflite:  # only the planner inserts it: a copy, or a part
            assert all(found[o].dtype == np.float32 for o in graph.outputs)
            continue
        model = write_tflite(graph)
        wanted = run_litert(model, list(inputs.values()), reference=graph.nodes[0].op not in NO_REFERENCE)
        for o, want in zip(graph.results, wanted, strict=True):
            assert difference(found[o], want) <= TOLERANCE, f"{graph}\n{inputs}\nlapel {found[o]}\noracle {want}"
        if not graph.inputs:  # a constant is no model
            continue
        again = in_float32(read_tflite(model)) if registry()[name].float32_of else read_tflite(model)
        assert np.array_equal(evaluate(again, inputs)[again.outputs[0]], found[graph.outputs[0]], equal_nan=True)


STEPS = {"softmax": 4, "sqdiff": 4}
"""Output steps by which fixed-point arithmetic may be off, where it is not two."""
OTHERWISE = {
    "lstm": "states in full range saturate, and have steps of their own",
    "maximum-apart": "TFLite Micro compares the stored integers whatever their scales are",
    "minimum-apart": "as maximum",
    "neg-random": "LiteRT negates the stored integers whatever their scales are",
    "relu-relu6_apart": "TFLite Micro limits the integers of x and ignores the scale of y",
    "svdf": "draws saturate and wrap the state",
}
"""Operators, or cases of one, whose integers are no approximation of the reals, and why."""


NEAR_CASES = [(c, i) for c, i in REAL_CASES if not {c[0], i} & OTHERWISE.keys()]


@pytest.mark.parametrize(("name", "k"), [c for c, _ in NEAR_CASES], ids=[i for _, i in NEAR_CASES])
def test_integers_approximate_the_reals(name: str, k: int) -> None:
    """A node's reference beside its real form on what the integers stand for: as near as its output's type allows."""
    for i, graph in enumerate(drawn(name, k, 2)):
        inst, rng = graph.instance(graph.nodes[0]), np.random.default_rng(i)
        y, operands = inst.y(), [t for t in inst.inputs if t is not None]
        if y.quant is None or any(t.type.quant is None for t in operands):
            continue
        given = {n: draw_stored(rng, graph.tensors[n].type) for n in graph.inputs}
        arrays = [None if t is None else given.get(t.name, t.data) for t in inst.inputs]
        integers = registry()[name].reference(inst, *arrays)[0]
        meant = [a if a is None or t is None else numbers(t.type, a) for t, a in zip(inst.inputs, arrays, strict=True)]
        reals = registry()[name].real(inst, *meant)[0]
        info = np.iinfo(DTYPES[y.dtype])
        low, high = numbers(y, np.array([info.min, info.max]))
        known = ~np.isnan(reals)  # a root of what is negative stands for nothing
        steps = np.abs(numbers(y, integers) - np.clip(reals, low, high))[known] / y.scale
        assert steps.max() <= STEPS.get(name, 2), f"{graph}\n{numbers(y, integers)}\n{reals}"
