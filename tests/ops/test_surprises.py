"""What an operator says of a node that computes what its model may not mean: wherever it does, and nowhere else."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

import selection
from floats import draw_stored, numbers
from lapel.ir import DTYPES, Graph, Quant, Tensor, Type
from lapel.ir.op import lowerable, single
from lapel.ops import registry, surprises
from nets import Net

pytestmark = pytest.mark.selected
STEPS = 4
"""Of the output, by which fixed-point arithmetic may be off without a word."""
OTHERWISE = {
    "lstm": "draws saturate the states",
    "svdf": "draws saturate and wrap the state",
    "quantize": "int32 stands for numbers beyond float64's integers, and the draws saturate it",
    "fill": "its number is stored, and has no quantization of its own",
}
"""Operators of which integers and reals cannot be compared, and why."""


def drawn(name: str) -> Iterator[tuple[str, Graph]]:
    """Each case as drawn, and with an output of another quantization than drawn, where kernels take it."""
    for case in registry()[name].cases():
        graph = case.draw(np.random.default_rng(zlib.crc32(case.name.encode())))
        yield case.name, graph
        y = graph.tensors[graph.nodes[0].outputs[0]]
        if y.type.quant is None or y.type.quant.axis is not None:
            continue
        zero = 0 if y.type.dtype == "int16" else (y.type.zero + 168) % 256 - 128
        quant = Quant((float(np.float32(y.type.scale * 1.7)),), (zero,))
        other = replace(y, type=replace(y.type, quant=quant))
        yield f"{case.name}, y apart", replace(graph, tensors={**graph.tensors, y.name: other})


def steps_off(graph: Graph) -> float:
    """How far the reference is off the reals on drawn integers, in steps of the output; 0 where nothing compares."""
    inst, rng = graph.instance(graph.nodes[0]), np.random.default_rng(0)
    y, op = inst.y(), registry()[graph.nodes[0].op]
    known = [t for t in inst.inputs if t is not None]
    if y.quant is None or any(t.type.quant is None and t.type.dtype not in ("bool", "int32") for t in known):
        return 0.0
    given = {n: _draw(rng, graph.tensors[n].type) for n in graph.inputs}
    arrays = [None if t is None else given.get(t.name, t.data) for t in inst.inputs]
    pairs = list(zip(inst.inputs, arrays, strict=True))
    meant = [numbers(t.type, a) if a is not None and t and t.type.quant else a for t, a in pairs]
    found, real = numbers(y, op.reference(inst, *arrays)[0]), op.real(inst, *meant)[0]
    info = np.iinfo(DTYPES[y.dtype])
    off = np.abs(found - np.clip(real, *numbers(y, np.array([info.min, info.max]))))
    return float(np.nanmax(off, initial=0.0)) / y.scale


def _draw(rng: np.random.Generator, t: Type) -> np.ndarray:
    return rng.integers(0, 2, t.shape).astype(bool) if t.dtype == "bool" else draw_stored(rng, t)


@pytest.mark.parametrize("name", [n for n in selection.operators() if n not in OTHERWISE])
def test_what_is_off_is_said_and_nothing_else(name: str) -> None:
    op = registry()[name]
    for case, graph in drawn(name):
        inst = graph.instance(graph.nodes[0])
        if lowerable(op, inst):
            continue
        causes, off = op.surprises(inst), steps_off(graph)
        assert off <= STEPS or causes, f"{case}: off by {off:.0f} steps, and nothing is said\n{graph}"
        alike = len({t.type.quant for t in (*inst.inputs, *inst.outputs) if t and t.type.quant}) == 1
        assert name == "neg" or not alike or causes == [], f"{case}: {causes}"


@pytest.mark.parametrize("name", [n for n in selection.operators() if n not in OTHERWISE])
def test_what_has_to_be_alike_is_said_where_it_is_not(name: str) -> None:
    """`Op.alike`, by which models are quantized, and `Op.surprises`, by which they are read, are about one thing."""
    op = registry()[name]
    for case, graph in drawn(name):
        inst = graph.instance(graph.nodes[0])
        if lowerable(op, inst):
            continue
        quants = [{graph.tensors[t].type.quant for t in group} - {None} for group in op.alike(inst)]
        apart = any(len(group) > 1 for group in quants)
        assert not apart or op.surprises(inst), f"{case}: {op.alike(inst)} are unlike, and nothing is said"


A, B = Quant((0.05,), (3,)), Quant((0.1,), (-7,))


def two(op: str, a: Quant, b: Quant, y: Quant, data: np.ndarray | None = None) -> Graph:
    shape = (1, 4)
    operands = [Tensor("a", Type(shape, "int8", a)), Tensor("b", Type(shape, "int8", b), data)]
    return single(op, operands, [Type(shape, "int8", y)], {})


def one(op: str, x: Quant, y: Quant | None, y_dtype: str = "int8", **attrs: object) -> Graph:
    shape = (1, 4, 4, 2)
    return single(op, [Tensor("x", Type(shape, "int8", x))], [Type(shape, y_dtype, y)], attrs)


POOL = {"kernel": (1, 1), "stride": (1, 1), "pad": (0, 0, 0, 0), "activation": "none"}
STORED = "which stand for 0.05*(q-3) and 0.1*(q+7): results are up to"
SAID = [
    (two("maximum", A, B, B), f"maximum maximum: it compares stored integers, {STORED} 72 steps of the output (7.2)"),
    (two("minimum", A, B, A), f"minimum minimum: it compares stored integers, {STORED} 72 steps of the output (3.6)"),
    (one("neg", A, B), f"neg neg: it negates stored integers, {STORED} 69 steps of the output (6.9)"),
    (
        one("relu", A, B, activation="relu6"),
        f"relu relu: it limits stored integers of its input by relu6, and does not rescale them, {STORED} 70 steps",
    ),
    (one("avgpool", A, B, **POOL), f"avgpool avgpool: it averages stored integers, {STORED} 72 steps"),
    (one("maxpool", A, B, **POOL), f"maxpool maxpool: it compares stored integers, {STORED} 72 steps"),
    (one("reshape", A, B, shape=(1, 4, 4, 2)), f"reshape reshape: it copies stored integers, {STORED} 72 steps"),
    (
        one("bilinear", A, B, size=(4, 4), align_corners=False, half_pixel=False),
        f"bilinear bilinear: it interpolates stored integers, {STORED} 72 steps",
    ),
    (
        one("cast", A, None, "int32", dtype="int32"),
        "cast cast: it casts stored integers, which stand for 0.05*(q-3): results are up to 121 steps",
    ),
]


@pytest.mark.parametrize(("graph", "text"), SAID, ids=[graph.nodes[0].op for graph, _ in SAID])
def test_the_sentence(graph: Graph, text: str) -> None:
    (said,) = surprises(graph)
    assert lowerable(registry()[graph.nodes[0].op], graph.instance(graph.nodes[0])) == []
    assert said.startswith(text), said
    assert "off those of the numbers; if the model does not mean this, " in said


def test_what_means_what_it_says_is_silent() -> None:
    negative = Quant(A.scale, (-A.zero[0],))
    nearly = Quant((float(np.nextafter(np.float32(0.05), np.float32(1))),), A.zero)
    for graph in (two("maximum", A, A, A), one("neg", A, negative), one("reshape", A, nearly, shape=(1, 4, 4, 2))):
        assert surprises(graph) == ()


def test_of_a_constant_its_numbers_count() -> None:
    """A zero is zero in both quantizations; 0.4 would be 0.2 in the other one."""
    wide = Quant((0.2,), (-7,))
    zero, more = (np.full((1, 4), q, np.int8) for q in (-7, -5))
    assert surprises(two("maximum", B, wide, B, zero)) == ()
    (said,) = surprises(two("maximum", B, wide, B, more))
    assert "and 0.2*(q+7): results are up to 2 steps of the output (0.2) off" in said


def test_a_fused_activation_without_effect() -> None:
    net = Net("g", (1, 3))
    t = net.node("add", ("x", "x"), (1, 3), activation="tanh")
    (said,) = surprises(net.graph(net.node("add", (t, t), (1, 3), activation="tanh")))
    assert said == (
        "add n0, n1: its fused tanh has no effect, as in TensorFlow Lite Micro: "
        "if it should, put an operator of its own behind the node"
    )
