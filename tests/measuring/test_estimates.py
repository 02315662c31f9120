"""Estimates against what is built, and what they do without: linking, running, and measuring anything twice."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import lapel
from cores import needs
from lapel.errors import DoesNotFit
from lapel.ir import Graph
from lapel.measuring import candidates, figures
from lapel.measuring.candidates import Candidate
from lapel.planning import make_plan
from lapel.records import Cost, Estimate
from lapel.targets import load_target
from lapel.wish import Wish
from nets import Net
from smallnets import draw_variant

CORES = [pytest.param(c, marks=needs(c)) for c in ("cortex-m4", "cortex-m55", "cortex-m0", "rv32imac")]
VARIANTS = 200
WARM_SECONDS = 10.0
TIME, FLASH = 0.01, 0.03
"""Shares by which an estimate may be off."""


def check(graph: Graph, core: str, found: Estimate) -> None:
    built = lapel.build(graph, core)
    time = built.modelled_cycles or built.cycles or built.instructions
    assert found.unmeasured == ()
    assert found.time == pytest.approx(time, rel=TIME)
    assert found.flash_bytes == pytest.approx(built.memory.flash_bytes, rel=FLASH)
    assert found.arena_bytes == built.memory.arena_bytes
    assert (found.macs, found.sha256) == (built.macs, built.digest)
    assert [(x.name, x.kernel) for x in found.layers] == [(x.name, x.kernel) for x in built.layers]


@pytest.mark.measured
@pytest.mark.parametrize("core", CORES)
def test_an_estimate_is_what_is_built(core: str) -> None:
    """A chain, and on the Cortex-M4 one with tensors that are moved within the arena."""
    graphs = [draw_variant(seed) for seed in ((12, 11) if core == "cortex-m4" else (12,))]
    for graph, found in zip(graphs, lapel.estimate(graphs, core), strict=True):
        check(graph, core, found)
        assert found.unit == ("counted instructions" if core == "rv32imac" else "modelled cycles")
        assert Estimate.from_json(found.to_json()) == found


@pytest.mark.measured
@needs("cortex-m4")
def test_of_layers_that_are_alike_the_code_counts_once() -> None:
    net = Net("twins", (1, 12, 12, 12), seed=4)
    w = net.conv(net.conv(net.conv("x", 10, (1, 1, 1, 1)), 8, (1, 1, 1, 1)), 8, (1, 1, 1, 1))
    twin = net.nodes[-1]
    again = net.node("conv", (w, *twin.inputs[1:]), (1, 12, 12, 8), **twin.attrs)
    graph = net.graph(again)
    found = lapel.estimate(graph, "cortex-m4")
    check(graph, "cortex-m4", found)
    assert any(layer.code_bytes for layer in found.layers), "no step has code of its own"


@pytest.mark.measured
@needs("cortex-m4")
def test_a_graph_whose_calls_another_one_has_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """None of its costs is missing any more when it is planned, but none is known either."""
    monkeypatch.setattr(figures, "cache_folder", lambda: tmp_path)
    first, again = lapel.estimate([draw_variant(12), draw_variant(12)], "cortex-m4")
    assert first == again and first.unmeasured == ()


@pytest.mark.measured
@needs("cortex-m4")
def test_many_graphs_are_one_measurement(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "cache_folder", lambda: tmp_path)
    graphs, measured = [draw_variant(seed) for seed in (0, 12, 14)], []
    real = candidates._measure

    def counted(every: list[Candidate], *rest: object) -> list[Cost]:
        measured.append(len(every))
        return real(every, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(candidates, "_measure", counted)
    first = lapel.estimate(graphs, "cortex-m4")
    assert len(measured) == 1
    # Alone each is what it was among the others, and nothing is measured or compiled again.
    monkeypatch.setattr(candidates, "build_firmware", lambda *given, **options: pytest.fail("measured again"))
    monkeypatch.setattr("lapel.measuring.glue.compile_all", lambda *given: pytest.fail("compiled again"))
    assert [lapel.estimate(graph, "cortex-m4") for graph in graphs] == first


def test_one_firmware_has_no_more_than_its_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(candidates, "_measure", lambda every, *rest: [len(every)] * len(every))
    plan = make_plan(draw_variant(1), load_target("atmega328p"))
    every = [Candidate(c, plan.graph.tensors) for s in plan.steps for c in s.calls] * 100
    found = candidates.measure(every, load_target("atmega328p"))
    room = load_target("atmega328p").region("flash").length // 2
    assert len(found) == len(every) and max(found) <= candidates.MOST_CALLS  # type: ignore[type-var]
    largest = max(c.table_bytes for c in every)
    assert sum(c.table_bytes for c in every[: found[0]]) <= max(room, largest)  # type: ignore[misc]


@needs("cortex-m0")
def test_a_call_is_measured_where_it_lies() -> None:
    """A copy that overlaps itself is made in pieces."""
    plan = make_plan(draw_variant(11), load_target("cortex-m0"))
    (slide, *_) = [c for s in plan.steps if s.node.op == "slide" for c in s.calls]
    near = {slide.outputs[0]: 64, slide.inputs[0]: 48}
    far = {slide.outputs[0]: 48 + plan.graph.tensors[slide.inputs[0]].type.bytes // 16 * 32, slide.inputs[0]: 48}
    found = candidates.measure(
        [Candidate(slide, plan.graph.tensors, places) for places in (near, far)], load_target("cortex-m0")
    )
    assert all(isinstance(c, Cost) for c in found)
    assert found[0].time > 2 * found[1].time  # type: ignore[union-attr]


@pytest.mark.measured
def test_what_is_not_known_is_said() -> None:
    found = lapel.estimate(draw_variant(0), "host")
    assert (found.time, found.unit, found.flash_bytes, found.cycles, found.instructions, found.fits) == (None,) * 6
    assert found.arena_bytes > 0 and found.macs > 0
    (why,) = found.unmeasured
    assert why.endswith("more: nothing is counted on host")


@pytest.mark.measured
@needs("atmega328p")
def test_what_does_not_fit_is_estimated_all_the_same() -> None:
    wide, narrow = Net("wide", (1, 3_000)), Net("narrow", (1, 20))
    graphs = [wide.graph(wide.relu("x", "relu6")), narrow.graph(narrow.dense("x", 10))]
    large, small = lapel.estimate(graphs, "arduino-uno", wish=Wish(flash_budget=100))
    assert large.fits is False and large.arena_bytes > 2_048
    assert large.unmeasured == ("t1: its operands are 3,008 bytes, and the emulated machine has 2,048 of RAM",)
    assert small.fits is False and small.flash_bytes is not None and small.flash_bytes > 100
    assert small.cycles and small.time_us == pytest.approx(small.cycles / 16)
    assert lapel.estimate(graphs[1], "arduino-uno").fits


def test_what_no_index_reaches_is_refused() -> None:
    net = Net("wide", (1, 40_000))
    with pytest.raises(
        DoesNotFit, match=r"wide does not fit atmega328p: tensor 'x' has 40,000 bytes, .*: make the model"
    ):
        lapel.estimate(net.graph(net.relu("x")), "atmega328p")


@pytest.mark.long
@pytest.mark.measured
@pytest.mark.parametrize("core", CORES)
def test_other_peoples_models_are_what_is_built(core: str, shared: Path) -> None:
    files = sorted((shared / "models" / "mlperf-tiny").glob("*_int8.tflite"))
    assert len(files) == 5
    graphs = [lapel.load(path) for path in files]
    for graph, found in zip(graphs, lapel.estimate(graphs, core), strict=True):
        check(graph, core, found)


@pytest.mark.long
@pytest.mark.measured
@pytest.mark.parametrize("core", CORES[:2])
def test_variants_are_what_is_built(core: str) -> None:
    """All of them are estimated, warm within the CPU time that a search may take; one in ten is built."""
    graphs = [draw_variant(seed) for seed in range(VARIANTS)]
    found = lapel.estimate(graphs, core)
    started = time.process_time()
    assert lapel.estimate(graphs, core) == found
    assert time.process_time() - started < WARM_SECONDS
    for graph, one in list(zip(graphs, found, strict=True))[::10]:
        check(graph, core, one)
