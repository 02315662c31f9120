"""Every variant, executed: within its bounds on the host under sanitizers, and equal to the reference on its cores."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lapel
import selection
from batch import check_bits, check_guarded, merge
from coded_layers import CODED_CASES
from depthwise_cases import DEPTHWISE_CASES
from fitted_sums import FITTED_CASES
from lapel.families.convolution import draw_attrs
from lapel.families.draw import draw_activation, draw_type, symmetric_weights, weighted_bias
from lapel.families.window import Window
from lapel.ir import Case, Graph
from lapel.ir.graph import Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ops import registry
from lapel.ops.conv import draw_conv
from lapel.planning import make_plan
from lapel.simulate.firmware import SANITIZE
from lapel.targets import Target, list_targets, load_target
from lapel.variants import FlashSaver, variants
from lapel.variants.lines import Line, definition, find_line
from lapel.variants.shiftadd import VALUES
from large_windows import LARGE_CASES
from shallow import SHALLOW_CASES

DRAWS = 25
HOST_DRAWS = 8
SAMPLES = 5
GUARD_BYTES = 16
VARIANTS = selection.variants(sorted(variants()))
HOST_VARIANTS = [n for n in VARIANTS if selection.cores(["host"]) and not isinstance(variants()[n], FlashSaver)]
"""Those of coded weights: test_coded.py."""


def draw_conv_as_bytes(rng: np.random.Generator) -> Graph:
    """A convolution with too many values a window for two pixels as int16, but not for two as int8."""
    kernel = [(1, 1), (3, 3), (2, 3), (3, 2), (1, 5)][int(rng.integers(5))]
    taps = kernel[0] * kernel[1]
    fitting = [c for c in range(8, 289, 8) if 144 < taps * c <= 288]
    in_c, out_c = fitting[int(rng.integers(len(fitting)))], int(rng.integers(1, 10))
    top, bottom, left, right = (int(rng.integers(k)) for k in (kernel[0], kernel[0], kernel[1], kernel[1]))
    window = Window(kernel, (int(rng.integers(1, 3)), int(rng.integers(1, 3))), (1, 1), (top, bottom, left, right))
    size = kernel[0] + int(rng.integers(3)), kernel[1] + int(rng.integers(3))
    x = draw_type(rng, "x", (int(rng.integers(1, 3)), *size, in_c))
    weights = symmetric_weights(rng, "w", (out_c, *kernel, in_c), None if rng.random() < 0.3 else 0)
    bias, y = weighted_bias(rng, x, weights, out_c, (x.type.shape[0], *window.output(size), out_c), taps * in_c)
    return single("conv", [x, weights, bias], [y], draw_attrs(rng, window))


def draw_row(rng: np.random.Generator) -> Graph:
    """A dense layer of one row of values, of lengths about a byte's, some of which are -128."""
    k, o = int(rng.choice([1, 7, 64, 255, 256, 257, 300])), int(rng.integers(1, 20))
    x = draw_type(rng, "x", (1, k))
    w = symmetric_weights(rng, "w", (o, k), axis=0 if rng.random() < 0.5 else None)
    bias, y = weighted_bias(rng, x, w, o, (1, o), fan_in=k)
    attrs = {"activation": draw_activation(rng), "keep_dims": False, "rounding": "double"}
    return single("dense", [x, w, bias], [y], attrs)


def draw_narrow(rng: np.random.Generator) -> Graph:
    """A dense layer of one row whose sums stay within 16 bits, and whose outputs follow them."""
    graph = draw_few_bits(rng, draw=draw_row)
    (node,) = graph.nodes
    x, w, y = (graph.tensors[n] for n in (*node.inputs[:2], *node.outputs))
    assert w.data is not None and x.type.quant is not None and w.type.quant is not None
    sparse = np.where(np.arange(w.data.shape[1]) < 12, w.data, 0).astype(np.int8)
    scale = float(np.float32(8 * x.type.quant.scale[0] * max(w.type.quant.scale)))
    biases = [graph.tensors[n] for n in node.inputs[2:] if n]
    made = [replace(w, data=sparse)]
    made += [replace(b, data=(b.data % 1000).astype(np.int32)) for b in biases if b.data is not None]
    made.append(replace(y, type=replace(y.type, quant=Quant((scale,), (int(rng.choice([-128, 5])),)))))
    return replace(graph, tensors={**graph.tensors, **{t.name: t for t in made}})


def draw_few_bits(rng: np.random.Generator, *, draw: Callable[[np.random.Generator], Graph]) -> Graph:
    """A layer whose weights have 1, 2 or 4 bits."""
    graph = draw(rng)
    (node,) = graph.nodes
    w = graph.tensors[node.inputs[1]]
    assert w.data is not None
    values = np.array(VALUES[int(rng.choice([1, 2, 4]))], np.int8)
    return replace(graph, tensors={**graph.tensors, w.name: replace(w, data=rng.choice(values, w.data.shape))})


MORE_CASES = {
    "dense": [
        Case("row", draw_row),
        Case("few_bits", partial(draw_few_bits, draw=draw_row)),
        Case("narrow", draw_narrow),
        *FITTED_CASES,
    ],
    "conv": [
        *SHALLOW_CASES,
        *LARGE_CASES,
        Case("pointwise_deep", partial(draw_conv, kernel=1, channels=200, stride=2)),
        Case("wide_stack", partial(draw_conv, kernel=4, channels=70, stride=2)),
        Case("explicit", partial(draw_conv, kernel=3, channels=8, explicit=True)),
        Case("as_bytes", draw_conv_as_bytes),
        Case("few_bits", partial(draw_few_bits, draw=partial(draw_conv, kernel=3, channels=8))),
    ],
    "depthwise": DEPTHWISE_CASES,
}
"""Beside the operators' own cases: sizes at which a variant takes another path, by kernel."""


def more_cases(name: str) -> Sequence[Case]:
    """Those of a variant's kernel; layers whose weights want to be coded for variants that do it."""
    coded = isinstance(variants()[name], FlashSaver)
    return (CODED_CASES if coded else MORE_CASES).get(name.split("_")[0], [])


def preferred(target: Target) -> tuple[str, ...]:
    """The target's variants that need no costs to be chosen; the others: test_coded.py."""
    return target.kernels[: target.kernels.index("portable")]


def draws(name: str, count: int) -> list[Graph]:
    """One-node graphs of which the variant `name` takes some call."""
    kernel = name.split("_")[0]
    graphs = []
    for op in selection.callers(name):
        for case in [*op.cases(), *(more_cases(name) if op.name == kernel else [])]:
            seed = zlib.crc32(f"{name}/{op.name}/{case.name}".encode())
            for i in range(count):
                graph = case.draw(np.random.default_rng((seed, i)))
                if takes(name, graph):
                    graphs.append(graph)
    return graphs


def takes(name: str, graph: Graph) -> bool:
    calls = registry()[graph.nodes[0].op].lower(graph.instance(graph.nodes[0]))
    return any(c.kernel == name.split("_")[0] and not isinstance(variants()[name].specialize(c), str) for c in calls)


TWIN = "-DLAPEL_MVE_TWIN"
"""Compiles the C twins of what Helium's kernels have in assembly."""


@pytest.mark.selected
@pytest.mark.parametrize("name", HOST_VARIANTS)
def test_a_variant_keeps_its_bounds_under_sanitizers(name: str, tmp_path: Path) -> None:
    """On the host: the DSP instructions in C, and the C twins of Helium's assembly; reads behind a buffer are seen."""
    graph = merge(f"guard_{name}", draws(name, HOST_DRAWS))
    host = replace(load_target("host"), kernels=(name.split("_", 1)[1], "portable"))
    plan = make_plan(graph, host, reuse=False, guard_bytes=GUARD_BYTES)
    assert any(c.kernel == name for s in plan.steps for c in s.calls)
    check_guarded(plan, graph, tmp_path, SAMPLES, extra=(*SANITIZE, TWIN))


SETS = {n.split("_")[1] for n in VARIANTS}
CORES = [
    t
    for t in map(load_target, list_targets())
    if t.kind == "core" and t.rom == "unified" and not SETS.isdisjoint(preferred(t))
]
"""Without the AVR, whose memory is small: test_avr.py."""
CORE_DRAWS = {"cortex-m4": 4, "cortex-m55": 2}
"""Of each case on a core; the Cortex-M7 and M33 have the kernels of the M4: one. Helium's have tests of their own."""
PART = 200
"""Graphs that are one firmware."""


@pytest.mark.selected
@pytest.mark.parametrize("core", selection.cores([t.name for t in CORES]))
def test_variants_equal_the_reference_on_their_core(core: str, tmp_path: Path) -> None:
    """Those that the core prefers, and their forms."""
    target, count = load_target(core), HOST_DRAWS if selection.NAMES else CORE_DRAWS.get(core, 1)
    drawn = {n: draws(n, count) for n in VARIANTS if n.split("_")[1] in preferred(target)}
    few = {n: draws(n, HOST_DRAWS) for n, found in drawn.items() if not found}
    graphs = [g for found in (drawn | few).values() for g in found]
    called = set[str]()
    for k, first in enumerate(range(0, len(graphs), PART)):
        graph = merge(f"variants_{k}_on_{core}", graphs[first : first + PART])
        plan = make_plan(graph, target)
        called |= {c.kernel for s in plan.steps for c in s.calls}
        check_bits(plan, graph, tmp_path / str(k), SAMPLES)
    assert called >= drawn.keys()


def test_the_draws_reach_every_path_of_the_convolution() -> None:
    """The forms of windows, and for each way of multiplying every tail: of the channels, blocks and pixels."""
    paths, tails = set(), set()
    for graph in draws("conv_dsp", DRAWS):
        (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
        found = variants()["conv_dsp"].specialize(call)
        assert not isinstance(found, str)
        p: Mapping[str, Any] = found.params
        paths.add(tuple(p[k] for k in ("pairs", "bytes", "inside", "whole")))
        way = p["pairs"] + p["bytes"]
        pixels = p["batches"] * p["out_h"] * p["out_w"]
        tails |= {(way, "channels", p["out_c"] % 4), (way, "blocks", p["blocks"] % 4), (way, "several", p["out_c"] > 4)}
        tails |= {(way, "pixels", pixels % 2), (way, "scales", p["scale_step"])}
    assert len(paths) == 8 + 2, "as int8, two pixels' windows are always in whole words"
    per_way = {"channels": 4, "blocks": 4, "several": 2, "pixels": 2, "scales": 2}
    assert len(tails) == 3 * sum(per_way.values()) - 2, "as int8, blocks are even"


def test_the_draws_reach_every_path_of_the_shallow_convolution() -> None:
    """Every length of a window and of a last group of channels, each loop, windows inside x and not, and clamps."""
    lengths, groups, loops, pixels = set(), set(), set(), set()
    for graph in draws("conv_dsp_shallow", DRAWS):
        (call,) = registry()["conv"].lower(graph.instance(graph.nodes[0]))
        found = variants()["conv_dsp_shallow"].specialize(call)
        assert not isinstance(found, str)
        p: Mapping[str, Any] = found.params
        values = p["kernel_h"] * p["kernel_w"] * p["in_c"]
        lengths.add((p["skip"], values % 2))
        pixels.add((p["batches"] * p["out_h"] * p["out_w"] % 2, p["out_w"] % 2))
        groups.add(p["out_c"] % 4)
        shape = p["kernel_h"], p["kernel_w"], p["in_c"]
        loop = "colours" if shape == (3, 3, 3) else shape[0] == 1 and shape[1] * shape[2] % 4 == 0
        loops.add((loop, p["x_end"] - p["x_first"] == p["out_w"], p["clamped"]))
    assert {skip for skip, _ in lengths} == set(range(16)) and {odd for _, odd in lengths} == {0, 1}
    assert groups == set(range(4)) and pixels >= {(0, 0), (0, 1), (1, 1)}
    assert len(loops) == 3 * 2 * 2


def test_the_draws_reach_every_path_of_the_maximum_over_windows() -> None:
    """Blocks of four and of eight channels, overlapping and not, over every number of cells from none."""
    blocks = set()
    for graph in draws("maxpool_dsp", DRAWS):
        channels = graph.tensors["x"].type.shape[3]
        block = 8 if channels >= 8 else 4
        blocks.add((block, channels > block, channels % block == 0))
    assert blocks == {(4, False, True), (4, True, False), (8, False, True), (8, True, True), (8, True, False)}


@pytest.mark.parametrize("kernel", ["add_dsp", "mul_dsp", "maximum_dsp"])
def test_the_draws_reach_every_path_of_two_operands(kernel: str) -> None:
    """Rows in which both advance, the first repeats, the second repeats; with whole words, with a rest, with both."""
    paths = set()
    for graph in draws(kernel, DRAWS):
        (call, *_) = registry()[graph.nodes[0].op].lower(graph.instance(graph.nodes[0]))
        p: Mapping[str, Any] = call.params
        if p["count"] > 1:
            paths.add((p["a_step"], p["b_step"], p["count"] >= 4, p["count"] % 4 > 0))
    for steps in ((1, 1), (0, 1), (1, 0)):
        assert {path[2:] for path in paths if path[:2] == steps} >= {(True, False), (True, True), (False, True)}


def pairs(op: str, scales: tuple[float, float, float], zeros: tuple[int, int, int], scalar: int | None) -> Graph:
    """One node over all 65536 pairs of operands, or over all values with one constant."""
    a, b, y = (Quant((float(np.float32(s)),), (z,)) for s, z in zip(scales, zeros, strict=True))
    shape = (65536,) if scalar is None else (256,)
    fixed = Tensor("b", Type((1,), "int8", b), np.array([scalar or 0], np.int8))
    inputs = [Tensor("a", Type(shape, "int8", a)), Tensor("b", Type(shape, "int8", b)) if scalar is None else fixed]
    return single(op, inputs, [Type(shape, "int8", y)], {"activation": "none"})


PAIRS = [
    ((0.0471, 0.0293131, 0.0581717), (3, -128, 17)),
    ((0.011, 0.0301, 0.0453), (127, -1, -128)),
    ((0.05, 0.05, 0.0999), (0, 0, 0)),
    ((0.125, 0.125, 0.25), (-7, 9, 1)),
]
"""Scales and zero points; the last ones make every odd sum a half."""
ROUNDED = [
    ((0.05, 0.031, 0.07), (3, -7, -5)),
    ((0.031, 0.05, 0.07), (-128, 127, 9)),
    ((0.0511337, 0.0312711, 0.0131939), (3, -7, -5)),
    ((0.0001, 0.05, 0.2), (5, 6, 127)),
]
"""Sums that take the definition's roundings: halves that its noise decides, and outputs finer than the operands."""


@pytest.mark.parametrize("core", ["host", "cortex-m4", "cortex-m55"])
@pytest.mark.parametrize("op", ["add", "sub", "mul"])
def test_every_pair_of_operands_has_the_references_bits(op: str, core: str) -> None:
    graphs = []
    for (a, b, y), zeros in PAIRS:
        scale = y if op != "mul" else a * b * 128
        graphs += [pairs(op, (a, b, scale), zeros, scalar) for scalar in (None, 0, -128, 127)]
    target = load_target(core)
    target = replace(target, kernels=("dsp", "portable")) if core == "host" else target
    graph = merge(f"{op}_pairs", graphs)
    used = [c.kernel for s in make_plan(graph, target).steps for c in s.calls if c.kernel != "copyrom"]
    assert used == [f"{op.replace('sub', 'add')}_{preferred(target)[-1]}"] * len(graphs)
    every = np.arange(-128, 128, dtype=np.int8)
    a, b = (g.ravel() for g in np.meshgrid(every, every, indexing="ij"))
    whole = {"a": a, "b": b}
    x = {n: (whole[n[-1]] if graph.tensors[n].type.bytes == 65536 else every)[None] for n in graph.inputs}
    assert lapel.run(graph, target, x).bit_exact


@pytest.mark.parametrize("core", ["host", "cortex-m4"])
@pytest.mark.parametrize("op", ["add", "sub"])
def test_every_pair_of_operands_has_the_definitions_roundings(op: str, core: str) -> None:
    """Either operand the finer one, repeated or not; and a byte of the table off by one is noticed."""
    target = replace(load_target(core), kernels=("dsp", "portable"))
    graph = merge(f"{op}_rounded", [pairs(op, *how, scalar) for how in ROUNDED for scalar in (None, 0, -128, 127)])
    plan = make_plan(graph, target)
    used = {c.kernel for s in plan.steps for c in s.calls if c.kernel != "copyrom"}
    assert used == {"add_dsp_table", "add_dsp"} and [c.kernel for c in plan.steps[0].calls] == ["add_dsp_table"]
    every = np.arange(-128, 128, dtype=np.int8)
    a, b = (g.ravel() for g in np.meshgrid(every, every, indexing="ij"))
    whole = {"a": a, "b": b}
    x = {n: (whole[n[-1]] if graph.tensors[n].type.bytes == 65536 else every)[None] for n in graph.inputs}
    assert lapel.run(graph, target, x).bit_exact


def test_the_table_of_roundings_has_the_definitions_bits() -> None:
    """All pairs in numpy, for scales of three digits; where these make halves, an entry off by two changes outputs."""
    every, rng, found = np.arange(-128, 128, dtype=np.int64), np.random.default_rng(0), 0
    noticed = 0
    for op in ("add", "sub") * 8:
        scales = tuple(round(float(s), 3) for s in rng.uniform(0.01, 0.1, 3))
        graph = pairs(op, scales, (3, -7, -5), None)  # type: ignore[arg-type]
        (call,) = registry()[op].lower(graph.instance(graph.nodes[0]))
        taken = variants()["add_dsp_table"].specialize(call)
        if isinstance(taken, str):
            continue
        found += 1
        p: Mapping[str, Any] = taken.params
        want = definition(call.params)  # type: ignore[arg-type]
        assert (outputs_by_table(p, p["rest"]) == want).all()
        noticed += any((outputs_by_table(p, p["rest"] + 2 * (every == b)) != want).any() for b in every)
    assert found >= 4 and noticed >= 3


def outputs_by_table(p: Mapping[str, Any], rest: np.ndarray) -> np.ndarray:
    every = np.arange(-128, 128, dtype=np.int64)
    total = every[:, None] * p["a_mul"] + every * p["b_mul"] + p["add"] + rest
    assert np.abs(total).max() < 2**29
    rounded = (total * p["y_mul"] + 2**31 >> 32) + p["y_add"] + (total >> 31)
    assert np.abs(rounded).max() < 2**31
    return np.asarray(np.clip(rounded >> p["y_shift"], -128, 127))


@pytest.mark.parametrize(("cut", "right"), [(8, 21), (0, None)])
def test_every_sum_with_one_rounding_is_the_definitions(cut: int, right: int | None) -> None:
    """All 65536 pairs of operands against the operator's reference, and one multiplier off by a few is noticed."""
    every = np.arange(-128, 128, dtype=np.int64)
    a, b = (g.ravel() for g in np.meshgrid(every, every, indexing="ij"))
    found = 0
    for name, seed in [(n, s) for n in ("add", "sub") for s in range(20)]:
        op = registry()[name]
        inst_graph = op.cases()[0].draw(np.random.default_rng(seed))
        inst = inst_graph.instance(inst_graph.nodes[0])
        (call, *_), line = op.lower(inst), find_line(op.lower(inst)[0].params, cut, right)
        if line is None:
            continue
        found += 1
        swapped = call.inputs[0] != inst.node.inputs[0]
        (want,) = op.reference(inst, *((b, a) if swapped else (a, b)))
        lo, hi = int(want.min()), int(want.max())

        def outputs(a_mul: int, line: Line = line, lo: int = lo, hi: int = hi) -> np.ndarray:
            terms = (a * a_mul >> line.cut) + (b * line.b_mul >> line.cut) + line.add
            assert np.abs(terms).max() < 2**31
            return np.asarray(np.clip(terms >> line.right, lo, hi))

        assert (outputs(line.a_mul) == want).all()
        assert lo == hi or (outputs(line.a_mul + line.a_mul // 256) != want).any()
    assert found >= 30


def test_the_search_refuses_what_does_not_fit() -> None:
    """Halves that the definition rounds by its own noise, and outputs so fine that the sum leaves 32 bits."""
    op = registry()["add"]

    def line(scales: tuple[float, float, float], right: int | None) -> Line | None:
        graph = pairs("add", scales, (3, -7, -5), None)
        return find_line(op.lower(graph.instance(graph.nodes[0]))[0].params, 8, right)

    fine = (0.0511337, 0.0312711, 0.0131939)
    assert line((0.05, 0.031, 0.07), 21) is None
    assert line(fine, None) is not None and line(fine, 21) is None
