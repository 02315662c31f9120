"""The kernels themselves with their output laid over their input, at exactly the distance that the operator gives."""

from __future__ import annotations

import zlib
from collections import Counter
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from batch import draw_samples, merge
from depthwise_cases import DEPTHWISE_CASES
from helium import convolutions
from lapel import codegen
from lapel.errors import InvalidGraph
from lapel.ir import DTYPES, Graph, Quant, Tensor, Type
from lapel.ir.op import single
from lapel.ops import registry
from lapel.planning import Plan, make_plan
from lapel.planning.buffers import overlap_distance
from lapel.proving.run import reference_outputs
from lapel.proving.samples import to_bytes
from lapel.records import Placement
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import load_target
from large_windows import LARGE_CASES
from shallow import SHALLOW_CASES

OPERATORS = ("conv", "depthwise", "avgpool", "maxpool")
CASES = [(name, k) for name in OPERATORS for k in range(len(registry()[name].cases()))]
IDS = [f"{name}-{registry()[name].cases()[k].name}" for name, k in CASES]
MORE_CASES = (*SHALLOW_CASES, *LARGE_CASES, *(c for c in DEPTHWISE_CASES if c.name == "column"))
"""Of forms that promise an order."""
GAP_BYTES = 16
SAMPLES = 5


def draws(name: str, k: int, count: int) -> list[Graph]:
    """Only those whose output shares bytes with its input at that distance."""
    found, tried = [], 0
    while len(found) < count:
        graph = registry()[name].cases()[k].draw(np.random.default_rng((zlib.crc32(name.encode()), k, tried)))
        tried += 1
        node = graph.nodes[0]
        distance = overlap_distance(graph, node, registry()[name].lower(graph.instance(node)))
        if distance is not None and distance > -graph.tensors[node.inputs[0]].type.bytes:
            found.append(graph)
    return found


def laid_over(
    graph: Graph, target: str, less: int = 0, kernels: tuple[str, ...] | None = None, exact_bytes: bool = False
) -> Plan:
    """Each node of a merged graph in a region of its own, its x above its y by the distance, less so many elements.

    On targets whose kernels want alignment the distance is the next multiple of it, unless exact_bytes; elements are
    aligned everywhere. Scratch lies behind.
    """
    chosen = load_target(target)
    plan = make_plan(graph, replace(chosen, kernels=kernels or chosen.kernels), reuse=False)
    aligned = less == 0 and target != "host" and not exact_bytes
    placements, steps, end = dict(plan.placements), [], GAP_BYTES
    for step in plan.steps:
        item = np.dtype(DTYPES[plan.graph.tensors[step.node.inputs[0]].type.dtype]).itemsize
        align = plan.target.arena_align if aligned else item
        x, y = placements[step.node.inputs[0]], placements[step.node.outputs[0]]
        exact = overlap_distance(plan.graph, step.node, step.calls)
        if exact is None:  # a variant that promises no order: apart
            exact = y.bytes
        distance = -(-exact // align) * align - less * item
        low = -(-end // align) * align + max(0, -distance)
        placements[x.tensor] = replace(x, offset=low + distance, first=-1, last=step.index)
        placements[y.tensor] = replace(y, offset=low, first=step.index, last=len(plan.steps))
        end = max(low + y.bytes, low + distance + x.bytes) + GAP_BYTES
        if step.scratch is not None:
            at = -(-end // plan.target.arena_align) * plan.target.arena_align
            steps.append(replace(step, scratch=replace(step.scratch, offset=at)))
            end = at + step.scratch.bytes + GAP_BYTES
        else:
            steps.append(step)
    return replace(plan, placements=placements, steps=tuple(steps), arena_bytes=end)


def wrong_samples(plan: Plan, folder: Path, sanitize: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """For each step whether some output byte is wrong, and for each byte between the regions whether it changed."""
    code = codegen.generate(plan, with_arena=True)
    extra = SANITIZE if sanitize else ()
    firmware = build_firmware(code.files(), plan.target, folder, mode="plain", cflags_extra=extra)
    samples = draw_samples(plan.graph, np.random.default_rng(8), SAMPLES)
    sizes = [plan.graph.tensors[o].type.bytes for o in plan.graph.outputs]
    raw = run_firmware(firmware, to_bytes(plan.graph, samples), sum(sizes) + plan.arena_bytes)
    want = reference_outputs(plan.graph, samples)
    starts = np.cumsum([0, *sizes])
    wrong = [
        bool((raw.outputs[:, a:b] != want[o].reshape(SAMPLES, -1).view(np.uint8)).any())
        for o, a, b in zip(plan.graph.outputs, starts, starts[1:], strict=False)
    ]
    used = np.zeros(plan.arena_bytes, bool)
    for p in (*plan.placements.values(), *(s.scratch for s in plan.steps if s.scratch is not None)):
        used[p.offset : p.offset + p.bytes] = True
    paint = (0xA5 + 29 * np.arange(plan.arena_bytes)).astype(np.uint8)
    return np.array(wrong), (raw.outputs[:, sum(sizes) :] != paint)[:, ~used].any(axis=0)


@pytest.mark.parametrize(("name", "k"), CASES, ids=IDS)
def test_host_at_the_exact_distance(name: str, k: int, tmp_path: Path) -> None:
    """Every draw shares bytes, in a plan that `verify` accepts and of which it refuses one byte less."""
    plan = laid_over(merge(f"over_{name}_{k}", draws(name, k, 12)), "host").verify()
    for step in plan.steps:
        x, y = plan.placements[step.node.inputs[0]], plan.placements[step.node.outputs[0]]
        assert max(x.offset, y.offset) < min(x.offset + x.bytes, y.offset + y.bytes)
    wrong, changed = wrong_samples(plan, tmp_path, sanitize=True)
    assert not wrong.any() and not changed.any()
    with pytest.raises(InvalidGraph, match="overlap"):
        laid_over(plan.graph, "host", less=1).verify()


def test_dsp_variants_at_the_exact_distance(tmp_path: Path) -> None:
    """On the host under sanitizers: what a variant promises of its order holds, and some variant promises one."""
    more = [case.draw(np.random.default_rng((k, 7))) for case in MORE_CASES for k in range(10)]
    graph = merge("over_dsp", [g for name, k in CASES for g in draws(name, k, 6)] + more)
    plan = laid_over(graph, "host", kernels=("dsp", "portable")).verify()
    promised = {s.kernel for s in plan.steps if s.kernel.split("_")[1:2] == ["dsp"] and s.calls[0].ahead is not None}
    assert {"conv_dsp", "conv_dsp_parts", "conv_dsp_shallow", "depthwise_dsp", "avgpool_dsp", "maxpool_dsp"} < promised
    assert "depthwise_dsp_column" in promised
    wrong, changed = wrong_samples(plan, tmp_path, sanitize=True)
    assert not wrong.any() and not changed.any()


def in_place_draws(promised: bool, count: int) -> list[Graph]:
    """Of those calls that work in place, or of those that differ from these only in what they would overwrite."""
    found = []
    for case in DEPTHWISE_CASES:
        for seed in range(count):
            graph = case.draw(np.random.default_rng((3, len(case.name), seed)))
            (call,) = make_plan(graph, replace(load_target("host"), kernels=("dsp", "portable"))).steps[0].calls
            p = call.params
            if call.in_place == promised and call.ahead is None and p["batches"] == 1 and p["columns"] == p["out_w"]:
                found.append(graph)
    return found


def together(graph: Graph, target: str, apart: int = 0) -> Plan:
    """The DSP kernels with each y at its x, or so many bytes above it."""
    plan = make_plan(graph, replace(load_target(target), kernels=("dsp", "portable")), reuse=False)
    placements, end = dict(plan.placements), GAP_BYTES
    for step in plan.steps:
        x, y = placements[step.node.inputs[0]], placements[step.node.outputs[0]]
        placements[x.tensor] = replace(x, offset=end, first=-1, last=step.index)
        placements[y.tensor] = replace(y, offset=end + apart, first=step.index, last=len(plan.steps))
        end += -(-(max(x.bytes, y.bytes) + GAP_BYTES) // GAP_BYTES) * GAP_BYTES
    return replace(plan, placements=placements, arena_bytes=end)


@pytest.mark.parametrize("target", ["host", "cortex-m4"])
def test_depthwise_in_place(target: str, tmp_path: Path) -> None:
    """Right where the output starts with the input, and wrong, and refused, one pixel or byte above or below."""
    graph = merge(f"in_place_{target}", in_place_draws(True, 12 if target == "host" else 4))
    plan = together(graph, target).verify()
    assert {s.kernel for s in plan.steps} == {f"depthwise_dsp_{form}" for form in ("lines", "rows", "strips")}
    wrong, changed = wrong_samples(plan, tmp_path, sanitize=target == "host")
    assert not wrong.any() and not changed.any()
    for apart in (-1, 1):
        with pytest.raises(InvalidGraph, match="overlap"):
            together(graph, target, apart).verify()
        wrong, _ = wrong_samples(together(graph, target, apart), tmp_path)
        assert wrong.mean() > 0.5, f"{wrong.sum()} of {len(wrong)}"


def test_depthwise_promises_nothing_where_it_would_be_wrong(tmp_path: Path) -> None:
    graph = merge("not_in_place", in_place_draws(False, 60))
    with pytest.raises(InvalidGraph, match="overlap"):
        together(graph, "host").verify()
    wrong, _ = wrong_samples(together(graph, "host"), tmp_path)
    assert len(wrong) > 2 and wrong.all(), f"{wrong.sum()} of {len(wrong)}"


HELIUM_ORDERS = [("blocks", "mve", "portable"), ("mve", "portable")]
ORDERS = [pytest.param(order, marks=[pytest.mark.long] if k else [], id=" ".join(order))
          for k, order in enumerate(HELIUM_ORDERS)]  # fmt: skip
"""The first one has all kernels but `depthwise_mve`."""
LARGE = ("conv_mve_large", "depthwise_mve_large")


@cache
def helium_graph() -> Graph:
    """The operators' cases, and larger convolutions, as far as some kernel's output shares bytes with its input."""
    graphs = [g for name, k in CASES for g in draws(name, k, 8)]
    return merge("over_helium", [*graphs, *(g for g in convolutions() if len(shared_kernels(g)) > 0)])


def shared_kernels(graph: Graph, kernels: tuple[str, ...] = HELIUM_ORDERS[0]) -> dict[str, int]:
    """How many steps of each kernel have a distance at which they overlap."""
    plan = make_plan(graph, replace(load_target("cortex-m55"), kernels=kernels), reuse=False)
    return Counter(s.kernel for s in plan.steps if overlap_distance(plan.graph, s.node, s.calls) is not None)


@pytest.mark.parametrize("kernels", ORDERS)
def test_helium_variants_at_the_exact_distance(kernels: tuple[str, ...], tmp_path: Path) -> None:
    """On the emulated core, at distances of any alignment: their loads and stores are of single bytes."""
    graph = helium_graph()
    shared = shared_kernels(graph, kernels)
    expected = {*LARGE, "conv_mve", "avgpool_mve", "depthwise_blocks" if "blocks" in kernels else "depthwise_mve"}
    assert all(shared[k] >= 4 for k in expected), shared
    wrong, changed = wrong_samples(laid_over(graph, "cortex-m55", kernels=kernels, exact_bytes=True), tmp_path)
    assert not wrong.any() and not changed.any()


@pytest.mark.parametrize("kernels", ORDERS)
def test_helium_variants_below_the_distance_are_caught(kernels: tuple[str, ...], tmp_path: Path) -> None:
    """Planted fault: some output of each kernel is wrong where its input is a pixel of the output nearer."""
    graph = helium_graph()
    pixel = max(graph.tensors[o].type.shape[3] for o in graph.outputs)
    plan = laid_over(graph, "cortex-m55", less=pixel, kernels=kernels)
    wrong, _ = wrong_samples(plan, tmp_path)
    failed = {s.kernel for s, bad in zip(plan.steps, wrong, strict=True) if bad}
    assert {*LARGE, "conv_mve", "avgpool_mve", "depthwise_blocks" if "blocks" in kernels else "depthwise_mve"} <= failed


@pytest.mark.parametrize("target", ["cortex-m0", "cortex-m4", "cortex-m55", "rv32imac"])
def test_core_at_the_distance(target: str, tmp_path: Path) -> None:
    graph = merge(f"over_{target}", [g for name, k in CASES for g in draws(name, k, 3)])
    wrong, changed = wrong_samples(laid_over(graph, target).verify(), tmp_path)
    assert not wrong.any() and not changed.any()


@pytest.mark.parametrize("target", ["host", "cortex-m0", "cortex-m4", "cortex-m55", "atmega328p"])
def test_slide_by_any_distance(target: str, tmp_path: Path) -> None:
    """77 bytes, up and down by 0 to 40 bytes."""
    distances = [d for d in range(-40, 41) if target != "atmega328p" or d % 16 in (0, 1)]
    x = Tensor("x", Type((77,), "int8", Quant((0.5,), (0,))))
    plan = make_plan(merge("slides", [single("slide", [x], [x.type], {})] * len(distances)), load_target(target))
    placements = dict(plan.placements)
    for k, (step, distance) in enumerate(zip(plan.steps, distances, strict=True)):
        x_offset, y_offset = 120 * k + max(0, distance), 120 * k + max(0, -distance)
        (source,), (copy,) = step.node.inputs, step.node.outputs
        placements[source] = Placement(source, 2 * k, x_offset, 77, -1, k)
        placements[copy] = Placement(copy, 2 * k + 1, y_offset, 77, k, len(plan.steps))
    wrong, _ = wrong_samples(replace(plan, placements=placements, arena_bytes=120 * len(distances)).verify(), tmp_path)
    assert not wrong.any(), [d for d, w in zip(distances, wrong, strict=True) if w]


@pytest.mark.parametrize(("name", "k"), CASES, ids=IDS)
def test_avr_at_the_exact_distance(name: str, k: int, tmp_path: Path) -> None:
    small = [g for g in draws(name, k, 12) if sum(t.type.bytes for t in g.tensors.values()) < 900]
    wrong, changed = wrong_samples(laid_over(merge(f"over_{name}_{k}", small[:1]), "atmega328p").verify(), tmp_path)
    assert not wrong.any() and not changed.any()


@pytest.mark.parametrize("name", OPERATORS)
def test_a_smaller_distance_is_caught(name: str, tmp_path: Path) -> None:
    """Planted fault: one element less where that is tight, one pixel of the output less where it is not."""
    graphs = [g for k in range(len(registry()[name].cases())) for g in draws(name, k, 12)]
    plan = make_plan(merge(f"short_{name}", graphs), load_target("host"), reuse=False)
    widest = max(t.type.shape[3] for t in plan.graph.tensors.values() if t.name in plan.graph.outputs)
    less = widest if name == "conv" else 1
    wrong, _ = wrong_samples(laid_over(plan.graph, "host", less=less), tmp_path)
    assert wrong.sum() >= len(graphs) // 10, f"{wrong.sum()} of {len(graphs)}"
