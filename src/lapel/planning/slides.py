"""Packing in execution order, with slides: before a step its input may be copied to where the output can overlap it.

Overlaps lead downwards: each output lies a little below its input, so that a chain of them comes to the arena's start.
One copy brings the chain up again. It costs less than one instruction a byte on a Cortex-M4.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

from lapel.planning.arena import Buffer, Overlap, Range, alive_together, free_offsets

WORTH = 256
"""Bytes copied in an inference to save one byte of arena."""
HALVINGS = 10
"""Sizes tried: the lower bound, and above it what slides can save at most, halved up to so many times."""
MOST_VISITS = 1 << 19
"""Of buffers that are alive with others, over all sizes tried: fewer are tried where more are alive."""


@dataclass(frozen=True)
class Slid:
    """Offsets of the buffers, the new offsets of those x that are copied before their last step, and the size."""

    offsets: list[int]
    moved: dict[int, int]
    bytes: int
    copied: int

    @property
    def cost(self) -> int:
        """What is compared: bytes of arena, and bytes copied at their worth."""
        return self.bytes * WORTH + self.copied


def pack_with_slides(
    buffers: Sequence[Buffer], overlaps: Sequence[Overlap], bound: int, size: int, align: int
) -> Slid | None:
    """The cheapest packing found with slides; None if none is cheaper than `size` bytes without."""
    best: Slid | None = None
    early_or_late = (False, True) if any(b.first == b.last for b in buffers) else (False,)
    halvings = min(HALVINGS, MOST_VISITS // (3 * len(early_or_late) * max(alive_together(buffers), 1)))
    sizes = dict.fromkeys([bound, *(bound + ((size - bound) >> k) // align * align for k in range(halvings, 0, -1))])
    for capacity in sizes:
        for ends, early in product(("alternate", "low", "high"), early_or_late):
            found = _Run(buffers, overlaps, capacity, ends, early).pack()
            if found is not None and found.cost < (best.cost if best else size * WORTH):
                best = found
    return best


class _Run:
    """One pass in execution order within a capacity.

    early: buffers of one step alone, as scratch is, are placed before the step's outputs, which may then need a slide.
    """

    def __init__(
        self, buffers: Sequence[Buffer], overlaps: Sequence[Overlap], capacity: int, ends: str, early: bool
    ) -> None:
        self.buffers, self.capacity, self.ends, self.early = buffers, capacity, ends, early
        self.overlap = {o.y: o for o in overlaps}
        self.offsets = [-1] * len(buffers)
        self.at = self.offsets.copy()  # where each buffer is now; x that have been slid are elsewhere than at first
        self.moved: dict[int, int] = {}
        self.kept: list[int] = []  # placed before all others, and never alive with none of their bytes
        self.turn = 0

    def pack(self) -> Slid | None:
        live: list[int] = []
        for i in sorted(range(len(self.buffers)), key=self._order):
            live = [j for j in live if self.buffers[j].last >= self.buffers[i].first]
            place = self._place(i, live)
            if place is None:
                return None
            self.offsets[i] = self.at[i] = place
            (self.kept if self.buffers[i].kept is not None else live).append(i)
        top = max((max(o, self.moved.get(k, 0)) + self.buffers[k].bytes for k, o in enumerate(self.offsets)), default=0)
        return Slid(self.offsets, self.moved, top, sum(self.buffers[x].bytes for x in self.moved))

    def _place(self, i: int, live: Sequence[int]) -> int | None:
        """Over its input if it may, else in free bytes, else over its input once this has moved up."""
        o = self.overlap.get(i)
        if o is None:
            return self._end(i, self._free(i, live))
        others = [j for j in live if j != o.x]
        over = self._over(i, others, o, self.at[o.x])
        place = over if over is not None else self._end(i, self._free(i, live))
        if place is not None:
            return place
        up = self._highest(o.x, others, self.capacity)
        place = self._over(i, others, o, up) if up is not None else None
        if up is not None and place is not None:
            self.moved[o.x] = self.at[o.x] = up
        return place

    def _over(self, i: int, live: Sequence[int], o: Overlap, x: int) -> int | None:
        """The highest place below x at which buffer i may overlap it; where only one place will do, that one."""
        place = self._highest(i, live, x - o.distance)
        return None if o.exact and place != x - o.distance else place

    def _free(self, i: int, live: Sequence[int], most: int | None = None) -> list[Range]:
        size = self.buffers[i].bytes
        taken = [(self.at[j] - size, self.at[j] + self.buffers[j].bytes) for j in live]
        for j in self.kept:
            for mine, theirs in self.buffers[i].meets(self.buffers[j]):
                taken.append((self.at[j] + theirs[0] - mine[1], self.at[j] + theirs[1] - mine[0]))
        room = self.capacity - size
        return free_offsets(taken, room if most is None else min(most, room))

    def _highest(self, i: int, live: Sequence[int], most: int) -> int | None:
        free = self._free(i, live, most)
        return free[-1][1] if free else None

    def _order(self, i: int) -> tuple[bool, int, bool]:
        """By what the buffers are placed: what is kept at all steps first."""
        return self.buffers[i].kept is None, self.buffers[i].first, self.early and self._lasts(i)

    def _lasts(self, i: int) -> bool:
        return self.buffers[i].last > self.buffers[i].first

    def _end(self, i: int, free: Sequence[Range]) -> int | None:
        """One end of the free bytes; a buffer of one step alone, as scratch is, takes no turn."""
        if not free:
            return None
        turn = self.turn + 1
        if self._lasts(i):
            self.turn = turn
        high = self.ends == "high" or (self.ends == "alternate" and turn % 2 == 0)
        return free[-1][1] if high else free[0][0]
