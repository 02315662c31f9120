"""Programs: several models in one firmware, which share kernels, constants and one arena.

Their inferences follow each other and never overlap in time, so the arena of a program without state is that of its
largest model. What a model keeps from call to call is nobody else's. Three layouts are tried, and the smallest is
taken: each plan as it is, moved up as far as it must be; the buffers of all plans packed anew, as if the models were
the steps of one; or those of models with state alone, among which the others lie as blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from lapel.errors import InvalidGraph
from lapel.planning import arena
from lapel.planning.arena import Buffer, Overlap
from lapel.planning.buffers import Layout, aligned_buffers, assign_buffers
from lapel.planning.division import divided_whole
from lapel.planning.plan import Plan
from lapel.planning.repacking import repacked
from lapel.planning.scratch import settle
from lapel.records import Note, Placement
from lapel.targets import Target

Range = tuple[int, int]
"""First byte, and the first one behind the last."""
SUBJECT = "arena"
"""Of the note on where the buffers lie."""


@dataclass(frozen=True, eq=False)
class Program:
    """Plans in one arena, in the order in which their models were given.

    arena_bytes: of the arena that all have. alone_bytes: of the arena that each would have without the others.
    """

    name: str
    target: Target
    plans: tuple[Plan, ...]
    arena_bytes: int
    alone_bytes: tuple[int, ...]

    @property
    def bound_bytes(self) -> int:
        """No arena is smaller: the largest of what the plans need, each beside what the others keep."""
        states = [p.graph.state_bytes for p in self.plans]
        return max(p.bound_bytes + sum(states) - own for p, own in zip(self.plans, states, strict=True))

    @property
    def state_bytes(self) -> int:
        """Of what all models keep from call to call."""
        return sum(plan.graph.state_bytes for plan in self.plans)

    def verify(self) -> Program:
        """Return the program, or raise InvalidGraph if a model writes where another one keeps its state."""
        for plan in self.plans:
            plan.verify()
            for other in self.plans:
                kept = [] if other is plan else list(_kept(other, 1))
                for first, end in _used(plan, 1):
                    if any(first < e and f < end for f, e in kept):
                        where = f"{first}..{end} of {plan.graph.name} is where {other.graph.name} keeps state"
                        raise InvalidGraph(f"{self.name}: {where}")
        return self


def make_program(name: str, plans: Sequence[Plan]) -> Program:
    """One arena for plans for one target, as small as some layouts make it.

    On a board with several memories it lies as a whole in the fastest one with room for it. Raises DoesNotFit if none
    has it.
    """
    target, alone = plans[0].target, tuple(p.arena_bytes for p in plans)
    stateless = frozenset(k for k, p in enumerate(plans) if not p.graph.carries)
    layouts = [_moved(plans)]
    if len(stateless) < len(plans):
        layouts += [_packed(plans, frozenset()), _packed(plans, stateless)]
    placed, size = min(layouts, key=lambda layout: layout[1])
    whole = [replace(p, arena_bytes=size, notes=_notes(p, size)) for p in placed]
    if target.memories:
        whole = [divided_whole(p, name) for p in whole]
    return Program(name, target, tuple(whole), size, alone).verify()


def _notes(plan: Plan, size: int) -> tuple[Note, ...]:
    others = Note(SUBJECT, f"{size:,} bytes, which are those of all models of the program; this one's need its places")
    return (*(n for n in plan.notes if n.subject != SUBJECT), others)


def _moved(plans: Sequence[Plan]) -> tuple[list[Plan], int]:
    """Each plan as far up as it must be, the largest first: it stays where it is."""
    align = max(plans[0].target.arena_align, 1)
    moved: dict[int, Plan] = {}
    for k in sorted(range(len(plans)), key=lambda k: -plans[k].arena_bytes):
        taken: list[Range] = []
        for other in moved.values():
            pairs = [(mine, theirs) for mine in _kept(plans[k], align) for theirs in _used(other, align)]
            pairs += [(mine, theirs) for mine in _used(plans[k], align) for theirs in _kept(other, align)]
            taken += [(theirs[0] - mine[1], theirs[1] - mine[0]) for mine, theirs in pairs]
        by = arena.free_offsets(taken)[0][0]
        moved[k] = _with_offsets(plans[k], {p: p.offset + by for p in plans[k].places()})
    size = max(end for plan in moved.values() for _, end in _used(plan, align))
    return [moved[k] for k in range(len(plans))], size


def _with_offsets(plan: Plan, offsets: dict[Placement, int]) -> Plan:
    placements = {n: replace(p, offset=offsets[p]) for n, p in plan.placements.items()}
    steps = [replace(s, scratch=s.scratch and replace(s.scratch, offset=offsets[s.scratch])) for s in plan.steps]
    return replace(plan, placements=placements, steps=tuple(steps))


def _packed(plans: Sequence[Plan], blocks: frozenset[int]) -> tuple[list[Plan], int]:
    """The buffers of plans packed together, the steps of each model behind those of the one before it.

    blocks: plans, by their numbers, that stay as they are, each like one buffer.
    """
    align = max(plans[0].target.arena_align, 1)
    buffers: list[Buffer] = []
    overlaps: list[Overlap] = []
    layouts: list[tuple[Layout | None, int]] = []
    scratch: set[int] = set()
    step = 1  # inputs are there a step before the first
    for k, plan in enumerate(plans):
        first, end = len(buffers), len(plan.steps)
        if k in blocks:
            layouts.append((None, first))
            size = _aligned(0, plan.arena_bytes, align)[1]
            buffers.append(Buffer(size, step - 1, step + end))
        else:
            layout = assign_buffers(plan.graph, [s.node for s in plan.steps], [s.calls for s in plan.steps], reuse=True)
            own, pairs = aligned_buffers(layout, align, plan.guard_bytes)
            layouts.append((layout, first))
            buffers += [replace(b, first=step + b.first, last=step + min(b.last, end)) for b in own]
            overlaps += [replace(o, x=o.x + first, y=o.y + first) for o in pairs]
            scratch |= {s + first for s in layout.scratch.values()}
        step += end + 2
    offsets, size, _ = arena.pack(buffers, overlaps)
    offsets = settle(buffers, offsets, scratch, size)
    return [_repacked(p, layout, offsets[k:]) for p, (layout, k) in zip(plans, layouts, strict=True)], size


def _repacked(plan: Plan, layout: Layout | None, offsets: Sequence[int]) -> Plan:
    if layout is None:
        return _with_offsets(plan, {p: p.offset + offsets[0] for p in plan.places()})

    return repacked(plan, layout, offsets)


def _used(plan: Plan, align: int) -> Iterator[Range]:
    """Bytes that the model may write, in whole units of `align`."""
    guard = plan.guard_bytes
    return (_aligned(p.offset - guard, p.offset + p.bytes + guard, align) for p in plan.places())


def _kept(plan: Plan, align: int) -> Iterator[Range]:
    """Of these what it keeps from call to call."""
    states = (plan.placements[c.state] for c in plan.graph.carries)
    return (_aligned(p.offset, p.offset + p.bytes, align) for p in states)


def _aligned(first: int, end: int, align: int) -> Range:
    return first // align * align, -(-end // align) * align
