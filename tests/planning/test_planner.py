"""Order, in-place decisions, aliases and placements of whole plans."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from depthwise_cases import DEPTHWISE_CASES
from lapel.debugging import diff
from lapel.errors import InvalidGraph
from lapel.ir import Graph
from lapel.ops.conv import Conv
from lapel.planning import Plan, make_plan
from lapel.planning.order import greedy_order
from lapel.proving.run import run
from lapel.targets import load_target
from nets import Net

M4 = replace(load_target("cortex-m4"), kernels=("portable",))


def test_add_runs_in_place_when_its_operand_dies() -> None:
    net = Net("g", (1, 16))
    a = net.dense("x", 16)
    b = net.dense("x", 16)
    plan = make_plan(net.graph(net.add(a, b)), M4)
    assert "in place" in plan.steps[2].reason
    assert plan.placements["x"].buffer != plan.placements[a].buffer
    assert plan.arena_bytes == plan.bound_bytes == 48


def test_add_does_not_run_in_place_when_its_operands_live_on() -> None:
    net = Net("g", (1, 16))
    a = net.dense("x", 16)
    s = net.add(a, "x")
    plan = make_plan(net.graph(s, a, net.add(s, "x")), M4)
    first = next(p for p in plan.steps if p.node.outputs == (s,))
    assert "still needed" in first.reason


def test_reshape_costs_nothing() -> None:
    net = Net("g", (1, 16))
    r = net.reshape("x", (1, 4, 4, 1))
    plan = make_plan(net.graph(net.conv(r, 2)), M4)
    assert plan.steps[0].calls == () and plan.steps[0].kernel == "none"
    assert plan.placements[r].offset == plan.placements["x"].offset


def test_in_place_through_an_alias_waits_for_every_reader() -> None:
    net = Net("g", (1, 16))
    r = net.reshape("x", (16, 1))
    a = net.add("x", "x")
    b = net.add(r, r)
    graph = net.graph(a, b)
    assert run(graph, "host").bit_exact
    plan = make_plan(graph, M4)
    assert plan.placements[a].buffer != plan.placements[b].buffer


def overlapped(plan: Plan) -> list[int]:
    return [s.index for s in plan.steps if s.reason.startswith("overlaps its input by ")]


def conv_chain(layers: int) -> Graph:
    net = Net("convs", (1, 12, 12, 8))
    t = "x"
    for _ in range(layers):
        t = net.conv(t, 8, (1, 1, 1, 1))
    return net.graph(t)


def test_a_convolution_overlaps_its_input() -> None:
    """The distance is a row of 12, one pixel, and the two that are computed at once, of 8 bytes each."""
    graph = conv_chain(1)
    plan = make_plan(graph, M4)
    assert overlapped(plan) == [0]
    assert plan.placements["x"].offset - plan.placements["t2"].offset == (12 + 1 + 2) * 8
    assert plan.arena_bytes == plan.bound_bytes == 12 * 12 * 8 + (12 + 1 + 2) * 8
    assert "overlaps its input by 1,032 bytes: starts 120 bytes below x, and from 120 bytes on conv" in str(plan)
    assert run(graph, "host").bit_exact and run(graph, "cortex-m4").bit_exact


def test_a_smaller_output_overlaps_a_larger_input_without_a_copy() -> None:
    net = Net("g", (1, 12, 12, 8))
    plan = make_plan(net.graph(net.conv("x", 8)), M4)
    assert overlapped(plan) == [0] and [s.node.op for s in plan.steps] == ["conv"]
    # The first two output pixels are written while the first window is read; later rows of y end further below x's.
    assert plan.arena_bytes == plan.bound_bytes == 12 * 12 * 8 + 2 * 8


def test_an_input_that_is_still_needed_is_not_overlapped() -> None:
    net = Net("g", (1, 6, 6, 2))
    c = net.conv("x", 2, (1, 1, 1, 1))
    plan = make_plan(net.graph(net.add(c, "x")), M4)
    assert overlapped(plan) == [] and plan.steps[0].reason == "new buffer: x is still needed after this step"
    assert plan.arena_bytes == plan.bound_bytes == 2 * 72 + 40, "and two windows of 18 values, gathered"


def test_a_chain_of_overlaps_is_moved_up_again() -> None:
    graph = conv_chain(4)
    plan = make_plan(graph, M4)
    assert [s.node.op for s in plan.steps] == ["conv", "slide"] * 3 + ["conv"]
    assert overlapped(plan) == [0, 2, 4, 6]
    assert plan.arena_bytes == plan.bound_bytes == make_plan(conv_chain(1), M4).arena_bytes
    assert "copied upwards on the way (else 2,304 bytes)" in str(plan)
    assert "copied by 120 bytes, to where the next output can overlap it" in str(plan)
    for target in ("host", "cortex-m4", "atmega328p"):
        assert run(graph, target, np.random.default_rng(1).integers(-128, 128, (3, 12, 12, 8), np.int8)).bit_exact
    assert diff(graph, "cortex-m4").equal


def drawn_net(seed: int) -> Graph:
    """Convolutions, in-place operators, reshapes and residuals in any order, images shrinking and growing."""
    net, rng = Net(f"drawn{seed}", (1, 9, 8, 4), seed), np.random.default_rng(seed)
    t, skip = "x", "x"
    for _ in range(12):
        shape = net.tensors[t].type.shape
        kind = rng.choice(["conv", "conv", "valid", "relu", "reshape", "skip", "add"])
        if kind == "conv" or (kind == "valid" and min(shape[1:3]) < 5):
            t = net.conv(t, int(rng.integers(2, 9)), (1, 1, 1, 1))
        elif kind == "valid":
            t = net.conv(t, int(rng.integers(2, 9)))
        elif kind == "relu":
            t = net.relu(t)
        elif kind == "reshape":
            t = net.reshape(t, (1, shape[2], shape[1], shape[3]))
        elif kind == "skip" or net.tensors[skip].type.shape != shape:
            skip = t
        else:
            t = net.add(t, skip)
    return net.graph(net.conv(t, 2, (1, 1, 1, 1)))


@pytest.mark.parametrize("seed", range(8))
def test_drawn_nets_are_exact_with_overlaps(seed: int) -> None:
    graph = drawn_net(seed)
    assert overlapped(make_plan(graph, load_target("host")))
    assert diff(graph, "host", np.random.default_rng(seed).integers(-128, 128, (3, 9, 8, 4), np.int8)).equal


def test_a_kernel_without_a_promise_is_not_overlapped(monkeypatch: pytest.MonkeyPatch) -> None:
    graph, lower = conv_chain(1), Conv.lower
    monkeypatch.setattr(Conv, "lower", lambda op, inst: (replace(lower(op, inst)[0], ahead=None),))
    plan = make_plan(graph, M4)
    assert overlapped(plan) == [] and plan.arena_bytes == 2 * 12 * 12 * 8


def test_a_kernel_that_works_in_place_needs_no_second_buffer() -> None:
    """Even under the goal of latency: the fastest depthwise kernel of the core is one."""
    case = next(c for c in DEPTHWISE_CASES if c.name == "three_rectified")
    plans = [make_plan(case.draw(np.random.default_rng(seed)), load_target("cortex-m4")) for seed in range(10)]
    found = [p for p in plans if p.steps[0].calls[0].in_place]
    assert found
    for plan in found:
        x, y = (plan.placements[name] for name in (plan.graph.inputs[0], plan.graph.outputs[0]))
        assert x.offset == y.offset and plan.arena_bytes == plan.bound_bytes < x.bytes + y.bytes
        assert f"in place: starts where {x.tensor} starts" in str(plan)


def test_a_distance_too_small_is_caught_by_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Planted fault in the operator, where `verify` cannot see it."""
    overlap = Conv.overlap
    monkeypatch.setattr(Conv, "overlap", lambda op, inst, ahead: (overlap(op, inst, ahead) or 0) - 16)
    result = run(conv_chain(1), "host", np.random.default_rng(1).integers(-128, 128, (3, 12, 12, 8), np.int8))
    assert not result.bit_exact


def test_verify_knows_which_overlaps_are_safe() -> None:
    plan = make_plan(conv_chain(2), M4)
    x, y = plan.placements["x"], plan.placements["t2"]

    def moved(at: int, **changes: object) -> Plan:
        placements = {**plan.placements, "x": replace(x, offset=at, **changes)}  # type: ignore[arg-type]
        return replace(plan, placements=placements, arena_bytes=10_000)

    moved(y.offset + 120).verify()
    moved(y.offset + 121).verify()
    for wrong in (moved(y.offset + 119), moved(y.offset), moved(y.offset + 120, last=1)):
        with pytest.raises(InvalidGraph, match="overlap at step 0"):
            wrong.verify()
    silent = replace(plan.steps[0], calls=(replace(plan.steps[0].calls[0], ahead=None),))
    with pytest.raises(InvalidGraph, match="overlap at step 0"):
        replace(plan, steps=(silent, *plan.steps[1:])).verify()


def wide_branches(count: int) -> Graph:
    """In file order all wide branches are alive at once; one after the other only one is."""
    net = Net("branches", (1, 8))
    wide = [net.dense("x", 200) for _ in range(count)]
    narrow = [net.dense(w, 4) for w in wide]
    total = narrow[0]
    for n in narrow[1:]:
        total = net.add(total, n)
    return net.graph(total)


def test_order_is_chosen_by_peak_memory() -> None:
    graph = wide_branches(4)
    plan = make_plan(graph, M4)
    assert "smallest growth first" in next(n.text for n in plan.notes if n.subject == "order").split(" (")[0]
    assert plan.arena_bytes < 400
    assert run(graph, "host").bit_exact


def test_greedy_order_is_topological() -> None:
    graph = wide_branches(3)
    seen = {"x", *(n for n, t in graph.tensors.items() if t.data is not None)}
    order = greedy_order(graph)
    assert sorted(n.name for n in order) == sorted(n.name for n in graph.nodes)
    for node in order:
        assert {i for i in node.inputs if i} <= seen
        seen.update(node.outputs)


def test_verify_finds_an_overlap() -> None:
    net = Net("g", (1, 16))
    plan = make_plan(net.graph(net.dense("x", 16)), M4)
    moved = {n: replace(p, offset=0) for n, p in plan.placements.items()}
    with pytest.raises(InvalidGraph, match="overlap"):
        replace(plan, placements=moved).verify()
    outside = {n: replace(p, offset=plan.arena_bytes) for n, p in plan.placements.items()}
    with pytest.raises(InvalidGraph, match="sticks out"):
        replace(plan, placements=outside).verify()


def test_plan_text_explains_every_step() -> None:
    net = Net("g", (1, 16))
    text = str(make_plan(net.graph(net.add(net.dense("x", 16), "x")), M4))
    assert "arena" in text and "order:" in text
    assert "in place: " in text and "new buffer: " in text
    assert "x int8[1, 16] @ arena" in text and "@ flash" in text


def test_constant_operand_is_loaded_where_flash_is_another_address_space() -> None:
    net = Net("g", (1, 4))
    c = net.constant(np.array([[5, -6, 7, -8]], np.int8), net.tensors["x"].type.quant)
    graph = net.graph(net.add("x", c))
    assert [s.node.op for s in make_plan(graph, M4).steps] == ["add"]
    assert [s.node.op for s in make_plan(graph, load_target("atmega328p")).steps] == ["load", "add"]


def chain(layers: int) -> Graph:
    net = Net("chain", (1, 8, 8, 4))
    t = "x"
    for k in range(layers):
        t = net.add(t, net.conv(t, 4, (1, 1, 1, 1))) if k % 2 else net.conv(t, 4, (1, 1, 1, 1))
    return net.graph(t)


def test_work_grows_linearly_with_the_number_of_layers() -> None:
    """Counted in Python function calls, which do not depend on the machine's load."""
    import cProfile
    import pstats

    def calls(layers: int) -> int:
        graph = chain(layers)
        profile = cProfile.Profile()
        profile.enable()
        make_plan(graph, M4)
        profile.disable()
        return pstats.Stats(profile).total_calls  # type: ignore[attr-defined]

    small, large = calls(125), calls(500)
    assert large < 4.6 * small, f"{small} calls for 125 layers, {large} for 500"


def test_five_hundred_overlaps_need_little_more_than_one() -> None:
    plan = make_plan(conv_chain(500), M4)
    assert len(overlapped(plan)) >= 450
    assert plan.bound_bytes == make_plan(conv_chain(1), M4).arena_bytes
    assert plan.arena_bytes < 1.5 * plan.bound_bytes


def test_five_hundred_layers_fit_the_arena_of_two() -> None:
    plan = make_plan(chain(500), M4)
    assert plan.arena_bytes == plan.bound_bytes == make_plan(chain(4), M4).arena_bytes
