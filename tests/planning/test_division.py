"""The division of an arena over memories: as cheap as any, and buffers of one memory never in each other's way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from lapel.ir import Graph
from lapel.planning import Plan, arena, make_plan
from lapel.planning.buffers import aligned_buffers
from lapel.planning.division import Traffic, divide, estimated_traffic
from lapel.planning.repacking import layout_of
from lapel.records import Accesses, Bounded, Constant
from lapel.targets import BoardMemory, Target, load_target
from nets import Net
from statenets import cell, delay, ring


def memory(name: str, size: int, read: float, write: float) -> BoardMemory:
    def constant(key: str, value: float) -> Constant:
        return Constant("test", key, Bounded.exactly(value), "invented")

    return BoardMemory(name, size, None, f".bss.{name}", constant("read", read), constant("write", write))


def on(*memories: BoardMemory, core: str = "cortex-m4") -> Target:
    return replace(load_target(core), memories=memories, ram_bytes=sum(m.bytes for m in memories))


def branches(seed: int) -> Graph:
    """Some layers, and additions of what an earlier one left."""
    rng, net = np.random.default_rng(seed), Net("branches", (1, 6, 6, 4), seed)
    made = ["x"]
    for _ in range(5):
        y = net.conv(made[-1], int(rng.choice([2, 4, 8])), (1, 1, 1, 1))
        alike = [t for t in made if net.tensors[t].type == net.tensors[y].type]
        made.append(net.add(alike[int(rng.integers(len(alike)))], y) if alike and rng.random() < 0.7 else y)
    return net.graph(made[-1])


def arena_bytes(seed: int) -> int:
    return make_plan(branches(seed), load_target("cortex-m4")).arena_bytes


def drawn_traffic(plan: Plan, seed: int) -> Traffic:
    rng = np.random.default_rng(seed)
    count = len(layout_of(plan).buffers)
    return Traffic(tuple(Accesses(k, *map(int, rng.integers(1, 1000, 2))) for k in range(count)), 0)


def cheapest(plan: Plan, traffic: Traffic) -> float | None:
    """The least cycles of all divisions whose parts are packed into their memories; None if none is."""
    layout, memories = layout_of(plan), plan.target.memories
    buffers, overlaps = aligned_buffers(layout, plan.target.arena_align, plan.guard_bytes)
    best = None
    for where in product(range(len(memories)), repeat=len(buffers)):
        cost = sum(memories[m].cycles(a.reads, a.writes) for m, a in zip(where, traffic.accesses, strict=True))
        if best is not None and cost >= best:
            continue
        for m, each in enumerate(memories):
            chosen = [k for k, at in enumerate(where) if at == m]
            numbers = {k: n for n, k in enumerate(chosen)}
            pairs = [replace(o, x=numbers[o.x], y=numbers[o.y]) for o in overlaps if {o.x, o.y} <= set(chosen)]
            if chosen and arena.pack([buffers[k] for k in chosen], pairs)[1] > each.bytes:
                break
        else:
            best = cost
    return best


@pytest.mark.parametrize("seed", range(12))
def test_no_division_is_cheaper(seed: int) -> None:
    """Of few buffers all divisions are tried."""
    size = arena_bytes(seed) * (3 + seed % 4) // 8
    target = on(memory("fast", size, 0, 0), memory("slow", 4096, 3, 1 + seed % 2))
    plan = make_plan(branches(seed), target)
    traffic = drawn_traffic(plan, seed)
    divided = divide(plan, traffic)
    assert sum(p.wait_cycles or 0 for p in divided.parts) == cheapest(plan, traffic)


@pytest.mark.parametrize("seed", range(4))
def test_three_memories(seed: int) -> None:
    size = arena_bytes(seed) * 3 // 8
    target = on(memory("tcm", size, 0, 0), memory("sram", size, 1, 1), memory("external", 4096, 9, 4))
    plan = make_plan(branches(seed), target)
    traffic = drawn_traffic(plan, seed)
    divided = divide(plan, traffic)
    assert all(p.bytes <= p.room_bytes for p in divided.parts)
    found = sum(p.wait_cycles or 0 for p in divided.parts)
    best = cheapest(plan, traffic)
    assert best is not None and best <= found <= 1.15 * best
    assert divided.arena_bytes == sum(p.bytes for p in divided.parts) >= divided.bound_bytes


@pytest.mark.parametrize("make", [ring, cell, delay])
@pytest.mark.parametrize("seed", range(2))
def test_what_is_kept_from_call_to_call(make: Callable[[np.random.Generator], Graph], seed: int) -> None:
    """`verify` walks two calls, whichever memory a state is in."""
    graph = make(np.random.default_rng(seed))
    whole = make_plan(graph, load_target("cortex-m4")).arena_bytes
    plan = make_plan(graph, on(memory("fast", max(whole // 2, 64), 0, 0), memory("slow", 65536, 2, 2)))
    divided = divide(plan, drawn_traffic(plan, seed))
    assert divided.parts and {s.state for s in graph.carries} <= {*divided.placements}


def test_guards_are_kept() -> None:
    target = on(memory("fast", 300, 0, 0), memory("slow", 4096, 3, 1))
    plan = make_plan(branches(1), target, guard_bytes=16)
    divided = divide(plan, estimated_traffic(plan, "a test"))
    assert len(divided.parts) == 2
    for p in divided.places():
        (part,) = (q for q in divided.parts if q.offset <= p.offset < q.offset + q.bytes)
        assert p.offset - 16 >= part.offset and p.offset + p.bytes + 16 <= part.offset + part.bytes
