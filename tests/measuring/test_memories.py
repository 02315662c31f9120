"""Boards with several memories: accesses counted, the arena divided by them, and the divided firmware run."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

import lapel
from lapel.errors import DoesNotFit, UnsupportedModel
from lapel.ir import Graph
from lapel.measuring.traffic import count_traffic
from lapel.planning import Plan, make_plan
from lapel.planning.division import Traffic, divide
from lapel.proving.unproven import generate
from lapel.records import Accesses, PlanRecord
from lapel.targets import Target, boards_from, load_target
from nets import Net

FREE = '{ value = 0, low = 0, high = 0, source = "its manual" }'
BOARD = f"""
inherits = "%s"
description = "a board with two memories"
flash_bytes = 1048576
[memories.fast]
address = 0x20000000
bytes = 8192
read_cycles = {FREE}
write_cycles = {FREE}
[memories.slow]
section = ".bss.external"
bytes = 65536
read_cycles = {{ value = 4, low = 2, high = 8, source = "its data sheet" }}
write_cycles = {{ value = 1, error = 0, source = "its data sheet" }}
"""


def residual(seed: int = 3) -> Graph:
    """A tensor that is read a lot, and one that only waits for the addition."""
    net = Net("residual", (1, 8, 8, 8), seed)
    a = net.conv("x", 8, (1, 1, 1, 1))
    b = net.conv(a, 8, (1, 1, 1, 1))
    c = net.conv(b, 8, (1, 1, 1, 1))
    return net.graph(net.add(a, c))


def board(folder: Path, core: str = "cortex-m4") -> Target:
    (folder / "two.toml").write_text(BOARD % core)
    with boards_from(folder):
        return load_target("two")


def tight(target: Target, beside_bytes: int, more: int) -> Target:
    """The board with a fast memory that has so many bytes beside stack and variables."""
    fast, slow = target.memories
    return replace(target, memories=(replace(fast, bytes=beside_bytes + more), slow))


CORES = ["cortex-m4", "cortex-m55", "rv32imac"]
OTHERS = [
    pytest.param(c, marks=pytest.mark.long) for c in ("cortex-m0", "cortex-m3", "cortex-m7", "cortex-m33", "rv32ec")
]


@pytest.mark.parametrize("core", [*CORES, *OTHERS])
def test_a_divided_arena_has_the_references_bits(core: str, tmp_path: Path) -> None:
    target, graph = board(tmp_path, core), residual()
    traffic = count_traffic(make_plan(graph, target))
    small = tight(target, traffic.beside_bytes + 64, 1100)
    built = lapel.build(graph, small, tmp_path / "out")
    fast, slow = built.plan.parts
    assert (fast.memory, slow.memory) == ("fast", "slow") and fast.offset == 0 and slow.offset == fast.bytes
    assert fast.bytes <= 1164 and built.memory.arena_bytes == fast.bytes + slow.bytes
    assert built.memory.arena_used_bytes <= built.memory.arena_bytes
    assert slow.wait_cycles == 4 * slow.reads + slow.writes and slow.reads and slow.writes
    text = (tmp_path / "out" / "residual.c").read_text()
    assert "uint8_t residual_slow_arena[RESIDUAL_SLOW_ARENA_BYTES]" in text
    assert '#define RESIDUAL_SLOW_ARENA_SECTION ".bss.external"' in text
    plan = str(built.plan)
    assert f"memory slow (.bss.external): {slow.bytes:,} of 65,536 bytes, {slow.reads:,} reads" in plan
    assert "@ slow 0.." in plan and "@ fast " in plan
    assert re.search(
        r"; in slow: [\d,]+ reads and [\d,]+ writes of its buffer are [\d,]+ cycles of waiting, not 0 in fast", plan
    )
    if built.cycle_model is not None:
        first, second = built.cycle_model.memories
        # The divided firmware does to the slow memory what was counted with all buffers apart.
        assert (second.reads, second.writes) == (slow.reads, slow.writes)
        assert second.cycles == slow.wait_cycles and second.low < second.cycles < second.high
        assert first.reads > (fast.reads or 0) and first.cycles == 0  # the stack is there, too
    assert PlanRecord.from_json(built.plan.to_json()) == built.plan


@pytest.mark.parametrize(
    "name",
    [
        "teensy-4.1",
        *(pytest.param(n, marks=pytest.mark.long) for n in ("nucleo-h743zi2", "stm32f407-disco", "stm32f429i-disco")),
    ],
)
def test_boards_of_lapel_with_little_room(name: str) -> None:
    """Their own sections and addresses, in memories that are too small for the arena but all together."""
    board, graph = load_target(name), residual()
    beside = count_traffic(make_plan(graph, board)).beside_bytes
    first, *others = board.memories
    small = (replace(first, bytes=beside + 520), *(replace(m, bytes=1040) for m in others))
    built = lapel.build(graph, replace(board, memories=small))
    assert len(built.plan.parts) == 2 and all(p.bytes <= p.room_bytes for p in built.plan.parts)
    assert built.cycle_model is not None
    waits = {m.memory: m.reads + m.writes for m in built.cycle_model.memories}
    assert all(waits[p.memory] >= (p.reads or 0) + (p.writes or 0) > 0 for p in built.plan.parts)


def test_all_of_it_in_the_fast_memory(tmp_path: Path) -> None:
    target, graph = board(tmp_path), residual()
    built = lapel.build(graph, target, tmp_path / "out")
    (part,) = built.plan.parts
    assert part.memory == "fast" and part.bytes == built.memory.arena_bytes
    text = (tmp_path / "out" / "residual.h").read_text()
    assert (
        "extern uint8_t residual_arena[RESIDUAL_ARENA_BYTES];" in text
        and "#define RESIDUAL_TARGET_FAST_BYTES 8192" in text
    )
    assert "too large" not in str(built.plan) and "in slow alone" in str(built.plan)


def test_the_stack_is_in_the_first_memory(tmp_path: Path) -> None:
    """What the arena leaves no room for there is found before it is linked, and said if there is none at all."""
    target, graph = board(tmp_path), residual()
    beside = count_traffic(make_plan(graph, target)).beside_bytes
    assert beside > 0
    none = lapel.build(graph, tight(target, beside, 8))
    assert [p.memory for p in none.plan.parts] == ["slow"]
    with pytest.raises(DoesNotFit, match=r"stack need [\d,]+ bytes of fast, [\d,]+ more than it has"):
        lapel.build(graph, tight(target, 0, 8))


def test_a_blob_has_one_arena(tmp_path: Path) -> None:
    target, graph = board(tmp_path), residual()
    beside = count_traffic(make_plan(graph, target)).beside_bytes
    with pytest.raises(
        UnsupportedModel, match=r"its arena has .* and that of a model as data is one array, in fast: write C"
    ):
        lapel.build_blob(graph, tight(target, beside, 1100))


def test_a_program_has_one_arena(tmp_path: Path) -> None:
    target = board(tmp_path)
    graphs = [residual(), replace(residual(4), name="other")]
    built = lapel.build(graphs, target, tmp_path / "out")
    assert {m.plan.parts[0].memory for m in built.models} == {"fast"}
    tiny = replace(target, memories=tuple(replace(m, bytes=512) for m in target.memories), ram_bytes=4096)
    with pytest.raises(
        DoesNotFit, match="which all its models have, is one array, and the memories have fast 512 bytes"
    ):
        lapel.build(graphs, tiny)


def plan_on(target: Target, graph: Graph | None = None) -> Plan:
    return make_plan(graph or residual(), target)


def traffic_of(plan: Plan, *reads: int) -> Traffic:
    return Traffic(tuple(Accesses(k, n, 0) for k, n in enumerate(reads)), 0)


def test_what_is_read_most_is_in_the_fast_memory(tmp_path: Path) -> None:
    """Buffers of 512 bytes, room for one at a time: that with the most accesses of those that are alive together."""
    target = board(tmp_path)
    plan = plan_on(tight(target, 0, 512))
    count = max(p.buffer for p in plan.places()) + 1
    for hot in range(count):
        divided = divide(plan, traffic_of(plan, *(1000 if k == hot else 10 for k in range(count))))
        fast, _ = divided.parts
        places = [p for p in divided.places() if p.buffer == hot]
        assert places and all(p.offset + p.bytes <= fast.bytes for p in places)


def test_a_tensor_that_fits_no_memory(tmp_path: Path) -> None:
    target = board(tmp_path)
    small = replace(target, memories=tuple(replace(m, bytes=400) for m in target.memories))
    plan = plan_on(small)
    with pytest.raises(DoesNotFit, match="has 512 bytes, and lies in one memory; they have fast 400 bytes, slow 400"):
        divide(plan, traffic_of(plan, *[1] * 20))
    both = replace(target, memories=tuple(replace(m, bytes=520) for m in target.memories))
    plan = plan_on(both)
    with pytest.raises(DoesNotFit, match="cannot be divided over its memories, which have fast 520 bytes, slow 520"):
        divide(plan, traffic_of(plan, *[1] * 20))


def test_equal_memories_have_the_whole_arena_in_one(tmp_path: Path) -> None:
    target = board(tmp_path)
    fast, slow = target.memories
    equal = replace(
        target,
        memories=(
            replace(fast, bytes=600),
            replace(slow, read_cycles=fast.read_cycles, write_cycles=fast.write_cycles),
        ),
    )
    plan = plan_on(equal)
    (part,) = divide(plan, traffic_of(plan, *[100] * 20)).parts
    assert part.memory == "slow"


def test_without_a_proof_nothing_is_counted(tmp_path: Path) -> None:
    made = generate(residual(), tight(board(tmp_path), 0, 1100), tmp_path / "out")
    assert [p.reads for p in made.plan.parts] == [None, None] and not made.plan.accesses
    assert "nothing was counted, as a proof was not wanted; no room is kept for the stack" in str(made.plan)
