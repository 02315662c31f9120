"""State in plans and firmware: drawn networks against TFLite Micro and on every core, and what is done in place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples, merge
from lapel import codegen
from lapel.codegen.adapter import adapter_text
from lapel.errors import InvalidGraph, UsageError
from lapel.frontends.tflite import read_tflite, write_tflite
from lapel.ir import Graph
from lapel.ops import evaluate_sequence, verify
from lapel.planning import Plan, make_plan
from lapel.planning.rewrites import rewrite
from lapel.proving.run import reference_outputs
from lapel.proving.samples import each, to_bytes
from lapel.simulate import build_firmware, run_firmware
from lapel.simulate.firmware import SANITIZE
from lapel.targets import load_target
from lapel.wish import Wish
from oracle import run_tflite_micro_sequence
from statenets import NETS

DRAWS, STEPS, RESET_EVERY = 12, 8, 4
CORES = ("host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac", "atmega328p")


def draws(name: str, count: int = DRAWS) -> list[Graph]:
    return [NETS[name](np.random.default_rng(k)) for k in range(count)]


def otherwise(graph: Graph) -> Graph:
    """The graph with initial values of any kind."""
    rng = np.random.default_rng(5)
    drawn = (rng.integers(-128, 128, c.initial.shape).astype(np.int8) for c in graph.carries)
    return replace(graph, carries=tuple(replace(c, initial=v) for c, v in zip(graph.carries, drawn, strict=True)))


def plan_of(graph: Graph, target: str = "cortex-m4") -> Plan:
    return make_plan(verify(graph), load_target(target))


@pytest.mark.parametrize("name", NETS)
def test_reference_equals_tflite_micro(name: str) -> None:
    for k, graph in enumerate(draws(name)):
        samples = draw_samples(verify(graph), np.random.default_rng(k), STEPS)
        data = write_tflite(graph)
        theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in each(samples)], RESET_EVERY)
        for at, values in enumerate(evaluate_sequence(graph, each(samples), RESET_EVERY)):
            for o, want in zip(graph.results, theirs[at], strict=True):
                assert (values[o] == want.reshape(values[o].shape)).all(), f"step {at}\n{graph}"


def test_initial_values_are_written_and_read() -> None:
    for graph in (otherwise(draws(name, 1)[0]) for name in ("ring", "cell", "counter")):
        data = write_tflite(graph)
        again = read_tflite(data)
        assert [c.initial.tolist() for c in again.carries] == [c.initial.tolist() for c in graph.carries]
        samples = draw_samples(graph, np.random.default_rng(1), STEPS)
        theirs = run_tflite_micro_sequence(data, [list(s.values()) for s in each(samples)])
        want = reference_outputs(graph, samples)
        for at, outputs in enumerate(theirs):
            assert (want[graph.results[0]][at] == outputs[0].reshape(want[graph.results[0]][at].shape)).all()


@pytest.mark.parametrize("name", NETS)
def test_rewrites_keep_every_output(name: str) -> None:
    for graph in map(otherwise, draws(name)):
        rewritten = verify(rewrite(graph)[0])
        samples = draw_samples(graph, np.random.default_rng(1), STEPS)
        ours, theirs = (reference_outputs(g, samples, RESET_EVERY) for g in (graph, rewritten))
        for a, b in zip(ours.values(), theirs.values(), strict=True):
            assert (a == b).all(), f"{graph}\n{rewritten}"


@pytest.mark.parametrize("target", ["cortex-m4", "atmega328p"])
@pytest.mark.parametrize("name", NETS)
def test_plans_hold(name: str, target: str) -> None:
    for graph in draws(name, 40):
        plan_of(graph, target)
        make_plan(graph, load_target(target), Wish("ram"))
        make_plan(graph, load_target(target), reuse=False, guard_bytes=16)


@pytest.mark.parametrize("core", CORES)
def test_every_output_is_the_same_on_the_core(core: str) -> None:
    graphs = [
        otherwise(g) if k % 2 else g for name in NETS for k, g in enumerate(draws(name, 3 if core == CORES[-1] else 8))
    ]
    graph = merge(f"states_{core}", graphs)
    samples = draw_samples(graph, np.random.default_rng(2), STEPS)
    assert lapel.run(graph, core, samples, reset_every=RESET_EVERY).bit_exact


def test_every_tensor_is_the_same() -> None:
    graph = merge("states", [draws(name, 2)[k] for name in NETS for k in range(2)])
    found = lapel.diff(
        graph, "cortex-m4", draw_samples(graph, np.random.default_rng(2), STEPS), reset_every=RESET_EVERY
    )
    assert found.equal, found.differences


def test_nothing_is_written_outside_of_buffers(tmp_path: Path) -> None:
    graph = merge("guarded", [g for name in NETS for g in draws(name, 4)])
    plan = make_plan(graph, load_target("host"), reuse=False, guard_bytes=16)
    code = codegen.generate(plan, with_arena=True)
    firmware = build_firmware(code.files(), plan.target, tmp_path, mode="plain", cflags_extra=SANITIZE)
    samples, size = draw_samples(graph, np.random.default_rng(1), STEPS), sum(p.type.bytes for p in code.outputs)
    raw = run_firmware(firmware, to_bytes(graph, samples), size + plan.arena_bytes, reset_every=RESET_EVERY)
    want = reference_outputs(graph, samples, RESET_EVERY)
    rows = [np.ascontiguousarray(want[o]).reshape(STEPS, -1).view(np.uint8) for o in graph.results]
    assert (raw.outputs[:, :size] == np.concatenate(rows, axis=1)).all()
    used = np.zeros(plan.arena_bytes, bool)
    for p in plan.placements.values():
        used[p.offset : p.offset + p.bytes] = True
    paint = (0xA5 + 29 * np.arange(plan.arena_bytes)).astype(np.uint8)
    assert (raw.outputs[:, size:][:, ~used] == paint[~used]).all()


@pytest.mark.parametrize("target", ["host", "atmega328p"])
def test_the_first_call_needs_no_reset(target: str, tmp_path: Path) -> None:
    """The arena is painted before it."""
    graph = otherwise(draws("ring", 1)[0])
    code = codegen.generate(plan_of(graph, target))
    sources = {**code.files(), "adapter.c": adapter_text(code.prefix, code.inputs, code.outputs, stateful=False)}
    firmware = build_firmware(sources, load_target(target), tmp_path, mode="plain")
    samples = draw_samples(graph, np.random.default_rng(1), STEPS)
    want = reference_outputs(graph, samples)[graph.results[0]].reshape(STEPS, -1).view(np.uint8)
    assert (run_firmware(firmware, to_bytes(graph, samples), want.shape[1]).outputs == want).all()


def kernels(plan: Plan) -> list[str]:
    return [s.kernel for s in plan.steps if s.calls]


def test_a_ring_buffer_is_moved_once() -> None:
    """Whichever way round it is written: no copy but the one downwards, or upwards, within the buffer."""
    for graph in draws("ring", 40):
        plan = plan_of(graph)
        assert kernels(plan) == ["conv_dsp", "slide_dsp"] or kernels(plan)[1:] == ["slide_dsp"], str(plan)
        (state,) = graph.states
        state_bytes = graph.tensors[state].type.bytes
        whole = state_bytes + graph.tensors["x"].type.bytes
        place = plan.placements[state]
        assert place.bytes == state_bytes and (place.first, place.last) == (-1, len(plan.steps))
        assert plan.arena_bytes <= whole + 3 * 8 + graph.tensors[graph.results[0]].type.bytes + 800


def test_an_update_is_made_in_its_states_place() -> None:
    """Element by element where the state is read for the last time, or after that; not where the caller reads it."""
    for graph in (*draws("counter"), *draws("cell")):
        plan = plan_of(graph)
        returned = graph.carries[0].update in graph.results
        last = [s for s in plan.steps if s.node.outputs[0] == plan.graph.carries[0].update]
        assert (last[0].kernel == "none") == (not returned), str(plan)


def planted(plan: Plan, name: str, **changed: int) -> Plan:
    return replace(plan, placements={**plan.placements, name: replace(plan.placements[name], **changed)})


def test_a_state_that_is_overwritten_is_found() -> None:
    graph = draws("streams", 1)[0]
    plan = plan_of(graph)
    place = plan.placements["s1"]
    other = next(o for s in plan.steps for o in s.node.outputs if s.calls and plan.placements[o].buffer != place.buffer)
    with pytest.raises(InvalidGraph, match=r"overlap at step|are overwritten"):
        planted(plan, other, offset=place.offset).verify()


def test_an_update_that_is_not_written_back_is_found() -> None:
    plan = plan_of(draws("ring", 1)[0])
    end = plan.steps[-1] if plan.steps[-1].node.op == "assign" else next(s for s in plan.steps if s.node.op == "assign")
    steps = tuple(replace(s, calls=(), choices=()) if s is end else s for s in plan.steps)
    with pytest.raises(InvalidGraph, match="the next call reads"):
        replace(plan, steps=steps).verify()


def test_dead_states_are_left_out() -> None:
    graph = draws("counter", 1)[0]
    dead = replace(graph, nodes=(*graph.nodes, replace(graph.nodes[0], name="n", outputs=("n",))))
    tensors = {**graph.tensors, "n": replace(graph.tensors["s"], name="n"), "t": replace(graph.tensors["s"], name="t")}
    nodes = (*dead.nodes[:-1], replace(dead.nodes[-1], inputs=("t", "x")))
    carries = (*graph.carries, replace(graph.carries[0], state="t", update="n"))
    dead = replace(
        dead, nodes=nodes, tensors=tensors, carries=carries, inputs=(*graph.inputs, "t"), outputs=(*graph.outputs, "n")
    )
    plan = plan_of(dead)
    assert plan.graph.states == ("s",)
    assert any(n.subject == "dead states" for n in plan.notes)


def test_the_header_says_what_must_be_kept() -> None:
    plan = plan_of(draws("streams", 1)[0])
    header = codegen.generate(plan, name="net").header
    assert f"#define NET_STATE_BYTES {plan.graph.state_bytes}\n" in header and "void net_reset(void);" in header
    assert "The arena holds the state between calls" in header
    assert codegen.generate(plan, name="net").header == header


def test_sequences_are_whole_and_need_a_state() -> None:
    graph = draws("counter", 1)[0]
    samples = draw_samples(graph, np.random.default_rng(1), 5)
    with pytest.raises(
        UsageError, match=r"sequences of 2 samples, expected a divisor of the 5 samples: give whole sequences"
    ):
        lapel.run(graph, "host", samples, reset_every=2)
    stateless = replace(graph, inputs=("x", "s"), outputs=graph.results, carries=())
    with pytest.raises(UsageError, match="has no state, so that there is nothing to reset: leave reset_every out"):
        lapel.predict(
            stateless,
            {n: np.repeat(v, 5, 0) for n, v in {"x": samples["x"][:1], "s": samples["x"][:1]}.items()},
            reset_every=5,
        )


BROKEN = {
    "order": (lambda g: replace(g, inputs=g.inputs[::-1]), r"its inputs end in \['x'\], not in \['s'\]"),
    "shape": (lambda g: replace(g, carries=(replace(g.carries[0], update="x2"),), outputs=("x2",)), "its update int8"),
    "initial": (
        lambda g: replace(g, carries=(replace(g.carries[0], initial=np.zeros(3, np.int8)),)),
        r"the initial value of state 's' is int8\[3\], not int8",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_verify_finds_carries_that_do_not_fit(name: str) -> None:
    graph = draws("counter", 1)[0]
    wide = replace(graph.tensors["x"], name="x2", type=replace(graph.tensors["x"].type, shape=(1, 77)))
    graph = replace(graph, tensors={**graph.tensors, "x2": replace(wide, data=np.zeros((1, 77), np.int8))})
    change, message = BROKEN[name]
    with pytest.raises(InvalidGraph, match=message):
        verify(change(graph))


def test_the_digest_and_the_text_have_the_state() -> None:
    graph = draws("counter", 1)[0]
    assert otherwise(graph).digest() != graph.digest()
    assert "  state s: int8" in str(graph) and "  keep add0 as s" in str(graph) and "bytes of state" in repr(graph)
