"""Scratch: bytes of the arena for one step; and params that are places in the arena."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from lapel import codegen
from lapel.errors import InvalidGraph
from lapel.ir import SCRATCH, Call, Graph, Place, Quant, Tensor, Type
from lapel.measuring.candidates import Candidate
from lapel.measuring.costs import _key
from lapel.ops import registry
from lapel.planning import Plan, make_plan
from lapel.proving.run import run
from lapel.records import Cost
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

M4 = replace(load_target("cortex-m4"), kernels=("portable",))
WINDOW = 2 * 3 * 3 * 4
"""Bytes of the windows of two pixels that are gathered, in a 3x3 convolution of 4 channels."""
IMAGE = 12 * 12 * 4


def convolutions(layers: int) -> Graph:
    net = Net("convs", (1, 12, 12, 4))
    t = "x"
    for _ in range(layers):
        t = net.conv(t, 4, (1, 1, 1, 1))
    return net.graph(t)


def test_a_window_lies_in_the_arena_beside_the_operands() -> None:
    plan = make_plan(convolutions(1), M4)
    (step,) = plan.steps
    assert step.kernel == "conv" and step.calls[0].scratch_bytes == WINDOW
    s = step.scratch
    assert s is not None and (s.bytes, s.first, s.last, s.offset % M4.arena_align) == (WINDOW, 0, 0, 0)
    assert plan.live_bytes() == [plan.arena_bytes] == [plan.bound_bytes]
    assert f"scratch {WINDOW} bytes @ arena {s.offset}..{s.offset + WINDOW}" in str(plan)
    assert plan.record().to_json()["steps"][0]["scratch"]["offset"] == s.offset
    text = codegen.generate(plan).source
    assert f"(int8_t *)(void *)(convs_arena + {s.offset}), /* scratch */" in text
    assert f"{s.offset:7d} {WINDOW:7d}  scratch of step 0 conv" in text


def test_the_same_bytes_are_scratch_of_several_steps() -> None:
    plan = make_plan(convolutions(4), M4)
    places = {s.scratch.offset for s in plan.steps if s.scratch is not None}
    assert len(places) < sum(s.scratch is not None for s in plan.steps) == 4
    assert plan.arena_bytes <= make_plan(convolutions(1), M4).arena_bytes + 2 * M4.arena_align


@pytest.mark.parametrize("core", ["host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac", "atmega328p"])
def test_scratch_is_right_on_every_core(core: str) -> None:
    target = replace(load_target(core), kernels=("portable",))
    plan = make_plan(convolutions(3), target)
    assert all(s.scratch is not None for s in plan.steps if s.calls[0].kernel == "conv")
    samples = np.random.default_rng(5).integers(-128, 128, (3, 12, 12, 4), np.int8)
    assert run(convolutions(3), target, samples).bit_exact


def moved(plan: Plan, offset: int) -> Plan:
    scratch = plan.steps[0].scratch
    assert scratch is not None
    return replace(plan, steps=(replace(plan.steps[0], scratch=replace(scratch, offset=offset)), *plan.steps[1:]))


@pytest.mark.parametrize("operand", ["x", "y"])
def test_verify_finds_scratch_in_an_operand(operand: str) -> None:
    """By lifetimes, and, where a plan lies about these, by the marks on the bytes."""
    plan = make_plan(convolutions(1), M4, reuse=False)
    place = plan.placements["x" if operand == "x" else plan.steps[0].node.outputs[0]]
    wrong = moved(plan, place.offset + place.bytes - 8)
    with pytest.raises(InvalidGraph, match=r"buffers \d and \d overlap at step"):
        wrong.verify()
    with pytest.raises(InvalidGraph, match=f"8 bytes of it, from {IMAGE - 8} on, are overwritten"):
        wrong._verify_values()


def test_verify_finds_scratch_that_is_missing_or_too_small_or_sticks_out() -> None:
    plan = make_plan(convolutions(1), M4, reuse=False)
    (step,), scratch = plan.steps, plan.steps[0].scratch
    assert scratch is not None
    for found in (None, replace(scratch, bytes=WINDOW - 4), replace(scratch, offset=scratch.offset + 4)):
        with pytest.raises(InvalidGraph, match=f"its calls need {WINDOW} aligned bytes of scratch"):
            replace(plan, arena_bytes=9999, steps=(replace(step, scratch=found),)).verify()
    with pytest.raises(InvalidGraph, match="'scratch' sticks out of the arena"):
        moved(plan, plan.arena_bytes - 8).verify()


@pytest.mark.parametrize("place", [Place("", WINDOW), Place("x", IMAGE), Place("nowhere"), Place("x", -1)])
def test_verify_finds_a_place_outside_of_what_it_is_in(place: Place) -> None:
    plan = make_plan(convolutions(1), M4)
    call = plan.steps[0].calls[0]
    wrong = replace(plan.steps[0], calls=(replace(call, params={**call.params, "scratch": place}),))
    with pytest.raises(InvalidGraph, match=r"scratch of conv is byte -?\d+ of '[\w ]+', which has \d+ in the arena"):
        replace(plan, steps=(wrong,)).verify()


def test_equal_params_at_equal_places_are_one_struct() -> None:
    """Three layers of the same weights: what differs is where their windows lie, or nothing."""
    net = Net("same", (1, 6, 6, 4))
    a = net.conv("x", 4, (1, 1, 1, 1))
    weights = net.nodes[0].inputs[1:]
    nodes = [
        replace(net.nodes[0], name=f"n{k}", inputs=(i, *weights), outputs=(o,))
        for k, (i, o) in enumerate([("x", a), (a, "b"), ("b", "c")])
    ]
    net.nodes = nodes
    net.tensors |= {n: Tensor(n, net.tensors[a].type) for n in "bc"}
    plan = make_plan(net.graph("c"), M4)
    places = {s.scratch.offset for s in plan.steps if s.scratch is not None}
    text = codegen.generate(plan).source
    assert text.count("static const LAPEL_ROM lapel_conv_params") == len(places)
    assert text.count("_conv_w[") == 2, "declared for a section, and defined once"


def test_a_cost_does_not_depend_on_the_place() -> None:
    """The same params elsewhere in the arena cost the same: one measurement serves both."""
    plan = make_plan(convolutions(1), M4)
    call = plan.steps[0].calls[0]
    other = replace(call, params={**call.params, "scratch": Place("", 8)})
    keys = {_key(Candidate(c, plan.graph.tensors), M4, "gcc") for c in (call, other)}
    assert len(keys) == 1


def test_a_table_where_the_kernel_writes_is_refused() -> None:
    plan = make_plan(convolutions(1), M4)
    call = plan.steps[0].calls[0]
    table = replace(plan.steps[0], calls=(replace(call, params={**call.params, "scratch": np.zeros(9, np.int8)}),))
    with pytest.raises(InvalidGraph, match="scratch is ndarray, expected a place in the arena"):
        codegen.generate(replace(plan, steps=(table,)))
    number = replace(plan.steps[0], calls=(replace(call, params={**call.params, "batches": SCRATCH}),))
    with pytest.raises(InvalidGraph, match="batches is a place in the arena, and no pointer"):
        codegen.generate(replace(plan, steps=(number,)))


ROWS = 16


def computed_weights(monkeypatch: pytest.MonkeyPatch) -> Graph:
    """A product of two computed matrices, in the place of an addition: `dense` with weights in the arena."""
    net = Net("product", (1, ROWS))
    net.dense("x", ROWS)
    dense = registry()["dense"]
    plain = Quant((0.05,), (0,))
    square = {n: Tensor(n, Type((ROWS, ROWS), "int8", plain)) for n in ("a", "b", "y")}
    weights = replace(net.tensors[net.nodes[0].inputs[1]], name="w")
    layer = replace(net.nodes[0], inputs=("a", "w", ""), outputs=("y",))

    def of(data: np.ndarray) -> Any:
        constant = replace(weights, data=data)
        return Graph("layer", (layer,), {**square, "w": constant}, ("a",), ("y",)).instance(layer)

    add = registry()["add"]
    fixed = of(np.zeros((ROWS, ROWS), np.int8))
    (call,) = dense.lower(fixed)
    product = replace(call, inputs=("a",), outputs=("y",), params={**call.params, "w": Place("b")})
    monkeypatch.setattr(add, "lower", lambda inst: (product,))
    monkeypatch.setattr(add, "inplace", lambda inst: ())
    monkeypatch.setattr(add, "check", lambda inst: [])
    monkeypatch.setattr(add, "reference", lambda inst, a, b: dense.reference(of(b), a, b, None))
    node = replace(net.nodes[0], op="add", inputs=("a", "b"), outputs=("y",), attrs={"activation": "none"})
    return Graph("product", (node,), square, ("a", "b"), ("y",))


@pytest.mark.parametrize("core", ["host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac"])
def test_weights_may_be_a_tensor_in_the_arena(core: str, monkeypatch: pytest.MonkeyPatch) -> None:
    graph = computed_weights(monkeypatch)
    target = replace(load_target(core), kernels=("portable",))
    samples = {n: np.random.default_rng(k).integers(-128, 128, (3, ROWS, ROWS), np.int8) for k, n in enumerate("ab")}
    assert run(graph, target, samples).bit_exact


def test_weights_in_the_arena_need_one_address_space(monkeypatch: pytest.MonkeyPatch) -> None:
    graph = computed_weights(monkeypatch)
    with pytest.raises(InvalidGraph, match="w of dense is in RAM, and on atmega328p the kernel reads it from flash"):
        codegen.generate(make_plan(graph, load_target("atmega328p")))


def test_calls_of_one_node_have_one_scratch() -> None:
    plan = make_plan(convolutions(1), M4, reuse=False)
    step = plan.steps[0]
    calls: tuple[Call, ...] = (replace(step.calls[0], scratch_bytes=8), step.calls[0])
    assert step.scratch is not None
    replace(plan, steps=(replace(step, calls=calls),)).verify()
    with pytest.raises(InvalidGraph, match="its calls need 80 aligned bytes"):
        larger = (replace(step.calls[0], scratch_bytes=80), *step.calls)
        replace(plan, steps=(replace(step, calls=larger),)).verify()


class Table:
    """Costs of kernels: cycles."""

    unit = "counted cycles"

    def __init__(self, conv: int, conv_dsp: int) -> None:
        self._time = {"conv": conv, "conv_dsp": conv_dsp}

    def find(self, graph: Graph, calls: Sequence[Call]) -> list[Cost | str]:
        return [Cost(self._time[c.kernel], 0, 0, {}) if c.kernel in self._time else "not in this table" for c in calls]


@pytest.mark.parametrize(("cycles", "kernel"), [(103, "conv_dsp"), (200, "conv")])
def test_a_kernel_without_scratch_is_weighed_where_the_arena_is_fullest(cycles: int, kernel: str) -> None:
    """Under the goal RAM: 72 of 656 bytes are worth 3 % of the time, and not twice the time."""
    target, costs = load_target("cortex-m4"), Table(100, cycles)
    fast = make_plan(convolutions(1), target, Wish("latency"), costs=costs)
    plan = make_plan(convolutions(1), target, Wish("ram"), costs=costs)
    assert fast.steps[0].kernel == "conv" and plan.steps[0].kernel == kernel
    assert (plan.arena_bytes < fast.arena_bytes) == (kernel == "conv_dsp")
    said = "not conv: -2.9 % counted cycles; it needs 72 bytes of scratch more, where the arena is fullest"
    assert (said in str(plan)) == (kernel == "conv_dsp") == ("scratch: arena " in str(plan))
