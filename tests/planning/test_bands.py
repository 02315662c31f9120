"""Layers in bands: the same bits, less RAM, the input as a stream."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples
from images import draw_image_net
from lapel import codegen
from lapel.errors import InvalidGraph, SimulationError
from lapel.ir import Graph, Quant
from lapel.ir.op import lowerable
from lapel.ops import evaluate, registry, verify
from lapel.planning import Plan, make_plan
from lapel.planning.bands import Region, in_bands, regions
from lapel.planning.buffers import joins
from lapel.planning.streams import reads_in_order, streamed_inputs
from lapel.proving.run import reference_outputs
from lapel.proving.samples import to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net

NETS, ALL_NETS = 80, 150
"""In `make test`, and in `make test-long`."""
PORTABLE = replace(load_target("cortex-m4"), kernels=("portable",))


def some_region(graph: Graph, seed: int) -> Region | None:
    rng = np.random.default_rng(seed)
    found = [r for step in range(len(graph.nodes)) for r in regions(graph, step, frozenset())]
    return found[int(rng.integers(len(found)))] if found else None


def banded(seed: int) -> tuple[Graph, Graph, Region] | None:
    graph = draw_image_net(seed)
    region = some_region(graph, seed)
    return None if region is None else (graph, in_bands(graph, region)[0], region)


@pytest.mark.parametrize("nets", [NETS, pytest.param(ALL_NETS, marks=pytest.mark.long)])
def test_random_nets_in_bands_keep_every_bit(nets: int) -> None:
    count, streamed = 0, 0
    for seed in range(nets):
        found = banded(seed)
        if found is None:
            continue
        graph, after, region = found
        verify(after)
        for node in after.nodes:
            assert lowerable(registry()[node.op], after.instance(node)) == [], node
        samples = draw_samples(graph, np.random.default_rng(seed), 4)
        for s in range(4):
            inputs = {n: x[s] for n, x in samples.items()}
            want, got = evaluate(graph, inputs), evaluate(after, inputs)
            for name, t in after.tensors.items():
                if t.band is not None:
                    image, first = t.band
                    rows = want[image][:, first : first + t.type.shape[1]]
                    assert (got[name] == rows).all(), f"net {seed}, {region}, tensor {name}"
            assert all((got[o] == want[o]).all() for o in graph.outputs)
        assert bool(streamed_inputs(after)) == (region.streamed is not None)
        count, streamed = count + 1, streamed + bool(region.streamed)
    assert count > nets * 0.7 and streamed > nets * 0.2


@pytest.mark.parametrize("nets", [3, pytest.param(12, marks=pytest.mark.long)])
@pytest.mark.parametrize("target", ["host", "cortex-m0", "cortex-m4", "cortex-m55"])
def test_random_nets_in_bands_as_firmware(target: str, nets: int, tmp_path: Path) -> None:
    """Under sanitizers on the host, three times as many; each is a firmware of its own: its input is a stream."""
    for seed in range(3 * nets if target == "host" else nets):
        found = banded(seed)
        if found is None:
            continue
        _, after, _ = found
        plan = make_plan(after, load_target(target))
        outputs, want = outputs_of(plan, tmp_path / str(seed), SANITIZE if target == "host" else ())
        assert (outputs == want).all(), f"net {seed}"


def outputs_of(plan: Plan, folder: Path, extra: tuple[str, ...] = ()) -> tuple[np.ndarray, np.ndarray]:
    folder.mkdir()
    code = codegen.generate(plan)
    firmware = build_firmware(code.files(), plan.target, folder, mode="plain", cflags_extra=extra)
    samples = draw_samples(plan.graph, np.random.default_rng(3), 5)
    want = to_bytes_of(reference_outputs(plan.graph, samples))
    return run_firmware(firmware, to_bytes(plan.graph, samples), want.shape[1]).outputs, want


def to_bytes_of(outputs: dict[str, np.ndarray]) -> np.ndarray:
    return np.concatenate([v.reshape(len(v), -1).view(np.uint8) for v in outputs.values()], axis=1)


def big_input(name: str = "big") -> Net:
    net = Net(name, (1, 32, 32, 4))
    return net


def big_graph() -> Graph:
    """An image of 4,096 bytes, twice convolved, then small."""
    net = big_input()
    t = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    pooled = net.node("maxpool", (t,), (1, 8, 8, 4), kernel=(4, 4), stride=(4, 4), pad=(0,) * 4, activation="none")
    return net.graph(net.dense(net.reshape(pooled, (1, 256)), 4))


def test_an_image_is_never_in_the_arena_as_a_whole() -> None:
    graph = big_graph()
    plan = make_plan(graph, PORTABLE, Wish("ram"))
    fast = make_plan(graph, PORTABLE)
    assert "x" in fast.placements and fast.arena_bytes > 4096
    assert "x" not in plan.placements and plan.arena_bytes < 2000
    assert [n.subject for n in plan.notes].count("bands") >= 1
    assert "the caller, read in bands" in str(plan)
    assert reads_in_order(plan.graph, [s.node for s in plan.steps])
    assert plan.macs > fast.macs
    assert lapel.run(graph, "host", wish=Wish("ram")).bit_exact
    assert lapel.diff(graph, "cortex-m4", wish=Wish("ram")).equal


def test_a_whole_input_stays_in_the_arena() -> None:
    graph = big_graph()
    plan = make_plan(graph, PORTABLE, Wish("ram", whole_input=True))
    assert plan.placements["x"].bytes == 4096 and "fetch" not in {s.kernel for s in plan.steps}
    streamed = make_plan(graph, PORTABLE, Wish("ram"))
    assert streamed.arena_bytes < plan.arena_bytes <= make_plan(graph, PORTABLE).arena_bytes
    assert lapel.diff(graph, "host", wish=Wish("ram", whole_input=True)).equal


def test_bands_that_cost_more_than_they_save_are_not_taken() -> None:
    """A deep kernel over few rows: bands would compute nearly everything twice."""
    net = Net("tall", (1, 12, 4, 2))
    symmetric = Quant((0.5,), (0,))
    w = net.constant(np.ones((8, 9, 1, 2), np.int8), symmetric)
    attrs = {"stride": (1, 1), "dilation": (1, 1), "activation": "none", "rounding": "double"}
    t = net.node("conv", ("x", w, ""), (1, 12, 4, 8), pad=(4, 4, 0, 0), **attrs)
    w = net.constant(np.ones((2, 9, 1, 8), np.int8), symmetric)
    t = net.node("conv", (t, w, ""), (1, 12, 4, 2), pad=(4, 4, 0, 0), **attrs)
    plan = make_plan(net.graph(t), PORTABLE, Wish("ram"))
    assert "bands" not in [n.subject for n in plan.notes]
    assert plan.macs == make_plan(net.graph(t), PORTABLE).macs


def test_a_region_is_closed() -> None:
    """What a later node, or the caller, reads too is no inner tensor of a region."""
    net = Net("open", (1, 16, 4, 4))
    a = net.conv("x", 4, (1, 1, 1, 1))
    b = net.conv(a, 4, (1, 1, 1, 1))
    graph = net.graph(net.add(a, b), a)
    for region in (r for step in range(3) for r in regions(graph, step, frozenset())):
        inner = {n.outputs[0] for n in graph.nodes[region.first : region.last]}
        assert a not in inner, region.label
    assert not list(regions(graph, 1, frozenset({graph.nodes[1].name})))


def test_the_source_is_not_streamed_where_it_is_read_again() -> None:
    net = Net("again", (1, 16, 4, 4))
    b = net.conv(net.conv("x", 4, (1, 1, 1, 1)), 4, (1, 1, 1, 1))
    graph = net.graph(net.add("x", b))
    labels = {(r.first, r.last, r.streamed) for r in regions(graph, 0, frozenset())}
    assert (0, 1, None) in labels and (0, 2, "x") in labels


def test_a_stream_read_out_of_order_is_refused(tmp_path: Path) -> None:
    """Planted fault: the second fetch asks for the first one's bytes."""
    graph = big_graph()
    plan = make_plan(graph, load_target("host"), Wish("ram"))
    fetches = [s for s in plan.steps if s.kernel == "fetch"]
    assert len(fetches) >= 2
    wrong = replace(fetches[1].calls[0], params={**fetches[1].calls[0].params, "first": 0})
    steps = tuple(replace(s, calls=(wrong,)) if s is fetches[1] else s for s in plan.steps)
    firmware = build_firmware(codegen.generate(replace(plan, steps=steps)).files(), plan.target, tmp_path, mode="plain")
    x = np.zeros((1, 32 * 32 * 4), np.uint8)
    with pytest.raises(SimulationError, match="a second time"):
        run_firmware(firmware, x, 4)


def test_overwritten_bytes_are_found() -> None:
    """Planted fault: a tensor moved over one that is still read, in a buffer that they share."""
    graph = banded_of(big_graph())
    plan = make_plan(graph, PORTABLE)
    part = next(s.node.inputs for s in plan.steps if s.node.op == "concat" and not s.calls)
    first, second = (plan.placements[p] for p in part[:2])
    moved = {**plan.placements, second.tensor: replace(second, offset=first.offset)}
    with pytest.raises(InvalidGraph, match="overwritten"):
        replace(plan, placements=moved).verify()


def banded_of(graph: Graph) -> Graph:
    return in_bands(graph, next(iter(regions(graph, 1, frozenset()))))[0]


def test_a_concatenation_of_rows_is_no_work() -> None:
    net = Net("rows", (1, 4, 4, 2))
    parts = net.conv("x", 2, (1, 1, 1, 1)), net.add("x", "x")
    y = net.node("concat", parts, (1, 8, 4, 2), axis=1)
    graph = net.graph(net.conv(y, 2))
    assert joins(graph) == {graph.nodes[2].name}
    plan = make_plan(graph, PORTABLE)
    at = [plan.placements[p].offset - plan.placements[y].offset for p in parts]
    assert plan.steps[2].calls == () and at == [0, 32]
    assert lapel.diff(graph, "host").equal


@pytest.mark.parametrize("why", ["input", "twice", "channels", "two wholes"])
def test_a_concatenation_that_must_copy(why: str) -> None:
    net = Net(why.replace(" ", "_"), (1, 4, 4, 2))
    a, b = net.conv("x", 2, (1, 1, 1, 1)), net.add("x", "x")
    parts = {"input": ("x", a), "twice": (a, a), "channels": (a, b), "two wholes": (a, b)}[why]
    axis, shape = (3, (1, 4, 4, 4)) if why == "channels" else (1, (1, 8, 4, 2))
    outputs = [net.node("concat", parts, shape, axis=axis)]
    if why == "two wholes":
        outputs.append(net.node("concat", (b, a), shape, axis=axis))
    graph = net.graph(*outputs)
    copying = [s for s in make_plan(graph, PORTABLE).steps if s.node.op == "concat" and s.calls]
    assert len(copying) == 1
    assert lapel.diff(graph, "host").equal


def test_a_part_that_is_an_output_too() -> None:
    net = Net("part_out", (1, 4, 4, 2))
    a, b = net.conv("x", 2, (1, 1, 1, 1)), net.add("x", "x")
    graph = net.graph(net.relu(net.node("concat", (a, b), (1, 8, 4, 2), axis=1)), a)
    assert lapel.diff(graph, "host").equal and lapel.run(graph, "host").bit_exact


def test_a_graph_without_steps_has_no_bands() -> None:
    plan = make_plan(Net("port", (1, 8)).graph("x"), PORTABLE, Wish("ram"))
    assert plan.steps == () and plan.arena_bytes == 8
