"""The memories of a board, one above the other on the axis of a picture, with the arena's part in each and its room."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lapel.records import Memory, PlanRecord

NEAR = 3.0
"""A memory's room is drawn to scale if it is not more than so many times what is used."""
GAP = 0.09
"""Between two memories, as a share of all that is drawn: room for a line of text."""


@dataclass(frozen=True)
class Level:
    """One memory, in bytes on the axis from `base` on.

    name: "" where the board has one. start, bytes: of the arena's part in it. beside: bytes of variables and stack.
    room: of the memory, None where it is not known.
    """

    name: str
    start: int
    bytes: int
    beside: int
    room: int | None
    base: float

    @property
    def used(self) -> int:
        """Bytes of the arena, and what is beside it."""
        return self.bytes + self.beside

    @property
    def to_scale(self) -> bool:
        """Whether the room is not far above what is used."""
        return self.room is not None and self.room <= NEAR * max(self.used, 1)

    @property
    def height(self) -> int:
        """Bytes on the axis."""
        return max(self.used, self.room or 0) if self.to_scale else self.used

    def at(self, offset: float) -> float:
        """Where an address of the arena is on the axis."""
        return self.base + offset - self.start


def levels(plan: PlanRecord, memory: Memory, room: int | None) -> tuple[Level, ...]:
    """From the bottom up. room: of a board with one memory."""
    beside = memory.static_ram_bytes + memory.stack_bytes
    if len(plan.parts) < 2:
        room = plan.parts[0].room_bytes if plan.parts else room
        name = plan.parts[0].memory if plan.parts else ""
        return (Level(name, 0, plan.arena_bytes, beside, room, 0.0),)
    made = [Level(p.memory, p.offset, p.bytes, beside if p.has_stack else 0, p.room_bytes, 0.0) for p in plan.parts]
    gap, at, found = GAP * sum(level.height for level in made), 0.0, list[Level]()
    for level in made:
        found.append(Level(level.name, level.start, level.bytes, level.beside, level.room, at))
        at += level.height + gap
    return tuple(found)


def level_of(found: Sequence[Level], offset: int) -> Level:
    """The memory with this address of the arena."""
    return next((level for level in reversed(found) if level.start <= offset), found[0])
