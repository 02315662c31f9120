"""The arena over a board's memories: each buffer lies in one of them, those with the most accesses in the fastest.

A memory's cost is the cycles that its accesses take more, so a division costs what its buffers' accesses cost where
they lie. The arena as a whole in one memory is a division, too. Others fill the memories from the fastest to the
slowest, in several orders, and exchange buffers as long as that makes them cheaper; the cheapest is taken, of equal
ones the one in the fewest memories. What a buffer may overlap it overlaps in its own memory alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from lapel.errors import DoesNotFit
from lapel.planning import arena
from lapel.planning.arena import Buffer, Overlap
from lapel.planning.buffers import Layout, aligned_buffers
from lapel.planning.plan import Plan, Step
from lapel.planning.repacking import layout_of, repacked
from lapel.planning.scratch import settle
from lapel.records import Accesses, ArenaPart, Note
from lapel.targets import BoardMemory, Region

SUBJECT = "memories"
"""Of the note on what lies in which memory."""
MOST_EXCHANGED = 64
"""Buffers among which two are exchanged: the work grows with the third power of their number."""
SHOWN = 3
"""Memories that a message names at most."""


@dataclass(frozen=True)
class Traffic:
    """What one inference was counted to do: accesses of each buffer, by its number.

    beside_bytes: of the first memory, for the stack and variables beside the arena. estimated: how the accesses came to
    be, in words, if nothing was counted.
    """

    accesses: tuple[Accesses, ...]
    beside_bytes: int
    estimated: str = ""


@dataclass(frozen=True)
class _Part:
    """Buffers in one memory, by their numbers, and where."""

    memory: BoardMemory
    buffers: tuple[int, ...]
    offsets: tuple[int, ...]
    bytes: int


@dataclass(frozen=True, eq=False)
class _Task:
    """What is divided: buffers and their overlaps, accesses, memories from the fastest on with the room in each."""

    buffers: Sequence[Buffer]
    overlaps: Sequence[Overlap]
    traffic: Sequence[Accesses]
    memories: Sequence[BoardMemory]
    rooms: Sequence[int]

    def cycles(self, k: int, m: int) -> float:
        """Of a buffer's accesses in a memory."""
        return self.memories[m].cycles(self.traffic[k].reads, self.traffic[k].writes)

    def gain(self, k: int, m: int) -> float:
        """What a buffer saves in a memory against the slowest one."""
        return self.cycles(k, len(self.memories) - 1) - self.cycles(k, m)

    def subset(self, chosen: Sequence[int]) -> tuple[list[Buffer], list[Overlap]]:
        """Some buffers alone."""
        numbers = {k: n for n, k in enumerate(chosen)}
        pairs = (o for o in self.overlaps if o.x in numbers and o.y in numbers)
        return [self.buffers[k] for k in chosen], [replace(o, x=numbers[o.x], y=numbers[o.y]) for o in pairs]

    def may_fit(self, chosen: Sequence[int], m: int) -> bool:
        """Whether some packing of these could be as small as a memory's room."""
        return arena.lower_bound(*self.subset(chosen)) <= self.rooms[m]

    def packed(self, chosen: Sequence[int], m: int) -> _Part | None:
        """These buffers in a memory; None if they are not packed into its room."""
        if not self.may_fit(chosen, m):
            return None
        buffers, overlaps = self.subset(chosen)
        offsets, size, _ = arena.pack(buffers, overlaps) if chosen else ([], 0, "")
        return _Part(self.memories[m], tuple(chosen), tuple(offsets), size) if size <= self.rooms[m] else None

    def cost(self, parts: Sequence[_Part]) -> float:
        """Cycles of a whole division."""
        at = {m.name: k for k, m in enumerate(self.memories)}
        return sum(self.cycles(k, at[p.memory.name]) for p in parts for k in p.buffers)


ORDERS: dict[str, Callable[[_Task, int, int], tuple[float, ...]]] = {
    "cycles saved per byte": lambda t, k, m: (-t.gain(k, m) / max(t.buffers[k].bytes, 1),),
    "cycles saved per byte x steps": lambda t, k, m: (-t.gain(k, m) / max(_area(t.buffers[k]), 1),),
    "cycles saved": lambda t, k, m: (-t.gain(k, m),),
    "largest first": lambda t, k, m: (-t.buffers[k].bytes, -t.gain(k, m)),
}
"""In which buffers are put into a memory, as long as there is room."""


def divide(plan: Plan, traffic: Traffic) -> Plan:
    """The plan with its arena in the memories of its target.

    Raises DoesNotFit: a buffer is larger than every memory, or no division was found.
    """
    layout = layout_of(plan)
    align = max(plan.target.arena_align, 1)
    buffers, overlaps = aligned_buffers(layout, align, plan.guard_bytes)
    memories = sorted(plan.target.memories, key=lambda m: m.cost)
    task = _Task(buffers, overlaps, traffic.accesses, memories, [_room(plan, m, traffic) for m in memories])
    _check_sizes(plan, layout, task)
    whole = _whole(plan, task)
    found = list(filter(None, [*whole, *_divided(task)]))
    if not found:
        raise DoesNotFit(f"{plan.graph.name} does not fit {plan.target.name}: {_no_division(plan, task)}")
    best = min(found, key=lambda parts: (task.cost(parts), len(parts)))
    return _with_parts(plan, layout, task, best, traffic, _said(task, best, whole, traffic))


def divided_whole(plan: Plan, name: str) -> Plan:
    """The plan with its arena as one array in the fastest memory that has room for it; name: of what does not fit.

    Raises DoesNotFit.
    """
    traffic = Traffic((), 0)
    for memory in sorted(plan.target.memories, key=lambda m: m.cost):
        if plan.arena_bytes <= _room(plan, memory, traffic):
            part = _arena_part(plan, memory, 0, max(plan.arena_bytes, 1), None)
            return replace(plan, parts=(part,)).verify()
    raise DoesNotFit(
        f"{name} does not fit {plan.target.name}: its arena of {plan.arena_bytes:,} bytes, which all its models have, "
        f"is one array, and the memories have {_rooms(plan.target.memories)}: leave a model out, or make one smaller"
    )


def spread(plan: Plan, region: Region, memory: BoardMemory) -> tuple[Plan, list[tuple[int, int]]]:
    """The plan with all buffers apart in another memory, to count accesses of each; and the bytes of each there.

    Raises DoesNotFit if the machine's memory is too small for that.
    """
    layout, align = layout_of(plan), max(plan.target.arena_align, 1)
    buffers, _ = aligned_buffers(layout, align, plan.guard_bytes)
    offsets, at = [], 0
    for b in buffers:
        offsets.append(at)
        at += b.bytes
    if at > region.length:
        raise DoesNotFit(
            f"{plan.graph.name} on {plan.target.name}: its tensors side by side are {at:,} bytes, more than the "
            f"{region.length:,} of the machine on which accesses are counted"
        )
    whole = replace(plan, arena_bytes=max(at, 1), parts=(_arena_part(plan, memory, 0, max(at, 1), None),))
    target = replace(plan.target, memories=(plan.target.memories[0], memory))
    moved = repacked(replace(whole, target=target), layout, offsets).verify()
    return moved, [(start, start + b.bytes) for start, b in zip(offsets, buffers, strict=True)]


def estimated_traffic(plan: Plan, why: str) -> Traffic:
    """Each step reads its inputs and writes its outputs once, byte by byte; why: nothing was counted."""
    layout = layout_of(plan)
    reads, writes = [0] * len(layout.buffers), [0] * len(layout.buffers)
    for step in plan.steps:
        for counts, names in ((reads, step.node.inputs), (writes, step.node.outputs)):
            for name in dict.fromkeys(n for n in names if n in layout.of):
                counts[layout.of[name]] += plan.graph.tensors[name].type.bytes
        if step.scratch is not None:
            k = layout.scratch[step.node.name]
            reads[k], writes[k] = step.scratch.bytes, step.scratch.bytes
    return Traffic(tuple(map(Accesses, range(len(reads)), reads, writes)), 0, why)


def _room(plan: Plan, memory: BoardMemory, traffic: Traffic) -> int:
    """Bytes of a memory for the arena, a multiple of its alignment."""
    align = max(plan.target.arena_align, 1)
    beside = traffic.beside_bytes if memory is plan.target.memories[0] else 0
    return max(0, memory.bytes - beside) // align * align


def _area(b: Buffer) -> int:
    return b.bytes * (b.last - b.first + 1)


def _whole(plan: Plan, task: _Task) -> list[list[_Part] | None]:
    """The arena as it was packed in each memory that has room for it."""
    return [[part] if (part := task.packed(range(len(task.buffers)), m)) else None for m in range(len(task.memories))]


def _divided(task: _Task) -> list[list[_Part] | None]:
    found = []
    for key in ORDERS.values():
        parts = _filled(task, key)
        if parts is not None and len(task.buffers) <= MOST_EXCHANGED:
            parts = _exchanged(task, parts)
        found.append(parts)
    return found


def _filled(task: _Task, key: Callable[[_Task, int, int], tuple[float, ...]]) -> list[_Part] | None:
    """Memory after memory, as many buffers as find room in this order; None if some find none."""
    rest, parts = list(range(len(task.buffers))), []
    for m in range(len(task.memories)):
        order = sorted(rest, key=lambda k: key(task, k, m))
        chosen: list[int] = []
        for k in order:
            if task.may_fit([*chosen, k], m):
                chosen.append(k)
        part = task.packed(sorted(chosen), m)
        while part is None:
            chosen.pop()
            part = task.packed(sorted(chosen), m)
        parts.append(part)
        rest = [k for k in rest if k not in part.buffers]
    return None if rest else [p for p in parts if p.buffers]


def _exchanged(task: _Task, parts: list[_Part]) -> list[_Part]:
    """The division after all exchanges of a buffer of a faster memory for one, or none, of a slower one that help."""
    better = True
    while better:
        better = False
        for tried in _exchanges(task, parts):
            if task.cost(tried) < task.cost(parts):
                parts, better = tried, True
                break
    return parts


def _exchanges(task: _Task, parts: list[_Part]) -> list[list[_Part]]:
    """Divisions that are cheaper by one exchange, the cheapest first, as far as they can be packed."""
    at = {m.name: k for k, m in enumerate(task.memories)}
    moves = list[tuple[float, _Part, _Part, int, int | None]]()
    for a, fast in enumerate(parts):
        for slow in parts[a + 1 :]:
            f, s = at[fast.memory.name], at[slow.memory.name]
            for k in slow.buffers:
                gained = task.cycles(k, s) - task.cycles(k, f)
                moves += [
                    (gained - task.cycles(j, s) + task.cycles(j, f), fast, slow, k, j)
                    for j in fast.buffers
                    if gained > task.cycles(j, s) - task.cycles(j, f)
                ]
                moves += [(gained, fast, slow, k, None)] if gained > 0 else []
    for _, fast, slow, k, j in sorted(moves, key=lambda move: -move[0]):
        sets = {fast.memory.name: {*fast.buffers, k} - {j}, slow.memory.name: {*slow.buffers} - {k}}
        if j is not None:
            sets[slow.memory.name].add(j)
        made = [task.packed(sorted(sets[p.memory.name]), at[p.memory.name]) for p in (fast, slow)]
        if all(made):
            changed = {p.memory.name: p for p in made if p is not None}
            return [[q for p in parts if (q := changed.get(p.memory.name, p)).buffers]]
    return []


def _with_parts(plan: Plan, layout: Layout, task: _Task, parts: Sequence[_Part], traffic: Traffic, note: str) -> Plan:
    """The plan whose arena is these parts, one behind the other in its offsets."""
    scratch, at = {*layout.scratch.values()}, 0
    offsets, records = [0] * len(task.buffers), []
    for part in parts:
        buffers, _ = task.subset(part.buffers)
        own = {n for n, k in enumerate(part.buffers) if k in scratch}
        for k, offset in zip(part.buffers, settle(buffers, part.offsets, own, part.bytes), strict=True):
            offsets[k] = at + offset
        counted = None if traffic.estimated else [task.traffic[k] for k in part.buffers]
        records.append(_arena_part(plan, part.memory, at, part.bytes, counted))
        at += part.bytes
    moved = repacked(plan, layout, offsets)
    if len(parts) > 1:
        at_of = {
            k: m for m in range(len(task.memories)) for p in parts if p.memory is task.memories[m] for k in p.buffers
        }
        steps = (replace(s, reason=f"{s.reason}; {_costs(task, layout, s, at_of)}") for s in moved.steps)
        moved = replace(moved, steps=tuple(steps))
    moved = replace(
        moved,
        arena_bytes=at,
        parts=tuple(records),
        accesses=() if traffic.estimated else tuple(task.traffic),
        notes=(*(n for n in plan.notes if n.subject != "arena" or len(parts) == 1), Note(SUBJECT, note)),
    )
    return moved.verify()


def _costs(task: _Task, layout: Layout, step: Step, at: Mapping[int, int]) -> str:
    """Where a step's outputs lie, and what that costs: at: the memory of each buffer, by their numbers."""
    said = []
    for k in dict.fromkeys(layout.of[o] for o in step.node.outputs):
        accesses, m = task.traffic[k], at[k]
        others = (n for n in range(len(task.memories)) if n != m and task.cycles(k, n) != task.cycles(k, m))
        elsewhere = [f"{task.cycles(k, n):,.0f} in {task.memories[n].name}" for n in others]
        cost = f"{task.cycles(k, m):,.0f} cycles of waiting"
        if elsewhere:
            cost += f", not {', '.join(elsewhere)}"
        said.append(
            f"in {task.memories[m].name}: {accesses.reads:,} reads and {accesses.writes:,} writes of its buffer are "
            f"{cost}"
        )
    return ", ".join(said)


def _arena_part(
    plan: Plan, memory: BoardMemory, offset: int, size: int, counted: Sequence[Accesses] | None
) -> ArenaPart:
    return ArenaPart(
        memory=memory.name,
        offset=offset,
        bytes=size,
        room_bytes=memory.bytes,
        address=memory.address,
        section=memory.section,
        reads=None if counted is None else sum(a.reads for a in counted),
        writes=None if counted is None else sum(a.writes for a in counted),
        read_cycles=memory.read_cycles,
        write_cycles=memory.write_cycles,
        has_stack=memory.name == plan.target.memories[0].name,
    )


def _said(task: _Task, best: Sequence[_Part], whole: Sequence[Sequence[_Part] | None], traffic: Traffic) -> str:
    """What was decided, and what the arena would cost in one memory."""
    sizes = ", ".join(f"{p.bytes:,} bytes in {p.memory.name}" for p in best)
    how = traffic.estimated or "accesses counted on the emulated core x documented cycles of each"
    said = f"{sizes}; {task.cost(best):,.0f} cycles of waiting ({how})"
    for m, parts in enumerate(whole):
        name = task.memories[m].name
        if parts is None:
            said += f"; too large for {name} alone, which has {task.rooms[m]:,} bytes for it"
        elif list(parts) != list(best):
            said += f"; in {name} alone {task.cost(parts):,.0f}"
    return said


def _check_sizes(plan: Plan, layout: Layout, task: _Task) -> None:
    most = max(task.rooms)
    for b, shared in zip(task.buffers, layout.buffers, strict=True):
        if b.bytes > most:
            what = f"tensor {shared.tensors[0]!r}" if shared.tensors else "the scratch of a step"
            raise DoesNotFit(
                f"{plan.graph.name} does not fit {plan.target.name}: {what} has {b.bytes:,} bytes, and lies in one "
                f"memory; they have {_rooms(task.memories)}: take a board with a larger one, or make the model smaller"
            )


def _no_division(plan: Plan, task: _Task) -> str:
    return (
        f"its arena of {plan.arena_bytes:,} bytes cannot be divided over its memories, which have "
        f"{_rooms(task.memories)}, {plan.target.memories[0].name} also for the stack: make the model smaller"
    )


def _rooms(memories: Sequence[BoardMemory]) -> str:
    """How large the largest memories are."""
    largest = sorted(memories, key=lambda m: -m.bytes)[:SHOWN]
    return ", ".join(f"{m.name} {m.bytes:,} bytes" for m in largest)
