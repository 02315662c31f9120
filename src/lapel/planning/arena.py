"""Arena packing: buffers with sizes and lifetimes -> offsets, with a proven lower bound.

Offline dynamic storage allocation, in which the input and the output of a step may overlap by a one-sided rule. The
bound is the largest sum of bytes needed at one step: no packing can be smaller. First fit is tried over a few orders,
then both ends in execution order, and of few buffers the orders in which one of them goes before all others; the first
that meets the bound is optimal and ends the search.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

Range = tuple[int, int]
UNLIMITED = 2**62
MOST_MOVED = 24
"""Buffers of which each may go first: the work grows with the third power of their number."""


@dataclass(frozen=True)
class Buffer:
    """`bytes` needed from step `first` to step `last`, inclusive.

    kept: of these the bytes from start up to end that are needed at all other steps as well, and between calls.
    """

    bytes: int
    first: int
    last: int
    kept: Range | None = None

    @property
    def whole(self) -> Range:
        """All its bytes."""
        return 0, self.bytes

    def alive_with(self, other: Buffer) -> bool:
        """Whether all bytes of both are needed at the same time."""
        return self.first <= other.last and other.first <= self.last

    def meets(self, other: Buffer) -> list[tuple[Range, Range]]:
        """Bytes of this one and of the other that are needed at the same time."""
        if self.alive_with(other):
            return [(self.whole, other.whole)]
        mine = [] if self.kept is None else [(self.kept, other.whole)]
        return mine if other.kept is None else [*mine, (self.whole, other.kept)]


@dataclass(frozen=True)
class Overlap:
    """Buffers x, read for the last time by the step that first writes y: they may overlap if x is at least `distance`
    bytes above y, offset to offset; `exact`: only if it is just that."""

    x: int
    y: int
    distance: int
    exact: bool = False


@dataclass(frozen=True)
class Rivals:
    """What is alive together with one buffer.

    others: numbers of the buffers that it may share no byte with. partners: x and y of an overlap, where the buffer is
    at most at the other's offset - below, or at least at its offset + above, or just at its offset + beside, if there
    is such a number: (other, below, above, beside). parts: (other, bytes of this one, bytes of the other) that may not
    be the same, where what is kept of one meets the other at steps at which not all of both is needed.
    """

    others: list[int]
    partners: list[tuple[int, int, int, int | None]]
    parts: list[tuple[int, Range, Range]]


ORDERS: dict[str, Callable[[Buffer], tuple[int, ...]]] = {
    "largest first": lambda b: (-b.bytes, b.first),
    "longest-lived first": lambda b: (b.first - b.last, -b.bytes),
    "largest bytes x steps first": lambda b: (-b.bytes * (b.last - b.first + 1), b.first),
    "execution order": lambda b: (b.first, -b.bytes),
}


def lower_bound(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> int:
    """Largest sum of bytes needed at one step: no packing can be smaller."""
    return max((need for _, need in needs(buffers, overlaps)), default=0)


def needs(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> list[tuple[int, int]]:
    """The bytes needed from a step on, where that changes: (step, bytes), ascending.

    x and y of an overlap need what both span at their closest.
    """
    change: dict[int, int] = {}
    for b in buffers:
        change[b.first] = change.get(b.first, 0) + b.bytes
        change[b.last + 1] = change.get(b.last + 1, 0) - b.bytes
    _add_kept(buffers, change)
    for o in overlaps:
        x, y = buffers[o.x], buffers[o.y]
        shared = max(0, x.bytes + y.bytes - max(x.bytes, y.bytes, o.distance + x.bytes))
        change[y.first] -= shared
        change[y.first + 1] = change.get(y.first + 1, 0) + shared
    steps = sorted(change)
    return list(zip(steps, accumulate(change[step] for step in steps), strict=True))


def _add_kept(buffers: Sequence[Buffer], change: dict[int, int]) -> None:
    """Count what is kept of buffers before their first step and after their last."""
    begin, end = min(change, default=0), max(change, default=0)
    for b in buffers:
        if b.kept is not None:
            size = b.kept[1] - b.kept[0]
            for step, more in ((begin, size), (b.first, -size), (b.last + 1, size), (end, -size)):
                change[step] = change.get(step, 0) + more


def alive_together(buffers: Sequence[Buffer]) -> int:
    """How many buffers each one meets when it starts, all in all: the work of packing them once."""
    starts, ends = sorted(b.first for b in buffers), sorted(b.last for b in buffers)
    pairs = ended = 0
    for begun, first in enumerate(starts):
        while ends[ended] < first:
            ended += 1
        pairs += begun - ended
    return pairs


def pack(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> tuple[list[int], int, str]:
    """Offsets, the arena's size, and the order that reached it."""
    bound, rivals = lower_bound(buffers, overlaps), conflicts(buffers, overlaps)
    orders = {name: sorted(range(len(buffers)), key=lambda i: key(buffers[i])) for name, key in ORDERS.items()}
    best = _best_fit(buffers, orders, rivals, bound)
    if best[1] > bound:
        ends = from_both_ends(buffers, rivals, bound)
        if ends is not None:
            return ends, bound, "from both ends in execution order"
        if len(buffers) <= MOST_MOVED:
            moved = _best_fit(buffers, _with_one_first(orders), rivals, bound)
            best = moved if moved[1] < best[1] else best
    return best


def _best_fit(
    buffers: Sequence[Buffer], orders: Mapping[str, Sequence[int]], rivals: Sequence[Rivals], bound: int
) -> tuple[list[int], int, str]:
    """`pack` by the first of these orders that meets the bound, or by the best one."""
    best: tuple[list[int], int, str] | None = None
    for name, order in orders.items():
        offsets = first_fit(buffers, order, rivals)
        size = max((o + b.bytes for o, b in zip(offsets, buffers, strict=True)), default=0)
        if best is None or size < best[1]:
            best = offsets, size, name
        if size == bound:
            break
    assert best is not None
    return best


def _with_one_first(orders: Mapping[str, Sequence[int]]) -> dict[str, Sequence[int]]:
    """Each order once for each buffer, which goes before all others."""
    return {
        f"buffer {i}, then {name}": [i, *(j for j in order if j != i)]
        for name, order in orders.items()
        for i in sorted(order)
    }


def conflicts(buffers: Sequence[Buffer], overlaps: Sequence[Overlap] = ()) -> list[Rivals]:
    """For each buffer those that are alive at one of its steps: a sweep, linear in the number of such pairs."""
    paired = {(o.x, o.y): o for o in overlaps}
    rivals = [Rivals([], [], []) for _ in buffers]
    live: list[int] = []
    for i in sorted(range(len(buffers)), key=lambda i: buffers[i].first):
        live = [j for j in live if buffers[j].last >= buffers[i].first]
        for j in live:
            overlap = paired.get((j, i)) or paired.get((i, j))
            if overlap is None:
                rivals[i].others.append(j)
                rivals[j].others.append(i)
            else:
                _pair(buffers, rivals, overlap)
        live.append(i)
    kept = [i for i, b in enumerate(buffers) if b.kept is not None]
    for i in kept:
        for j, other in enumerate(buffers):
            if not buffers[i].alive_with(other) and (j < i or other.kept is None):
                for mine, theirs in buffers[i].meets(other):
                    rivals[i].parts.append((j, mine, theirs))
                    rivals[j].parts.append((i, theirs, mine))
    return rivals


def _pair(buffers: Sequence[Buffer], rivals: Sequence[Rivals], o: Overlap) -> None:
    """Note for x and y of an overlap where they may lie."""
    x, y = buffers[o.x], buffers[o.y]
    below, beside = (y.bytes, o.distance) if o.exact else (o.distance, None)
    rivals[o.y].partners.append((o.x, below, x.bytes, None if beside is None else -beside))
    rivals[o.x].partners.append((o.y, x.bytes, below, beside))


def first_fit(buffers: Sequence[Buffer], order: Sequence[int], rivals: Sequence[Rivals]) -> list[int]:
    """Place the buffers in this order, each at the lowest offset free of those already placed."""
    offsets: list[int] = [-1] * len(buffers)
    for i in order:
        offsets[i] = free_offsets(_taken(buffers, i, rivals[i], offsets))[0][0]
    return offsets


def from_both_ends(buffers: Sequence[Buffer], rivals: Sequence[Rivals], capacity: int) -> list[int] | None:
    """Place in execution order within `capacity` bytes, lowest and highest in turn; None if one has no room.

    Optimal for chains, where each buffer meets only its two neighbours: first fit is not. A buffer of one step alone,
    as scratch is, takes no turn: it is gone when the next one comes.
    """
    offsets: list[int] = [-1] * len(buffers)
    turn = 0
    for i in sorted(range(len(buffers)), key=lambda i: buffers[i].first):
        room = free_offsets(_taken(buffers, i, rivals[i], offsets), capacity - buffers[i].bytes)
        if not room:
            return None
        offsets[i] = room[-1][1] if turn % 2 else room[0][0]
        turn += buffers[i].last > buffers[i].first
    return offsets


def free_offsets(taken: Sequence[Range], most: int = UNLIMITED) -> list[Range]:
    """Ranges of offsets 0..most, ends inclusive, that are strictly inside none of `taken`; ascending."""
    at, free = 0, []
    for start, end in sorted(t for t in taken if t[0] < t[1]):
        if start >= at:
            free.append((at, min(start, most)))
        at = max(at, end)
        if at > most:
            break
    else:
        free.append((at, most))
    return [(low, high) for low, high in free if low <= high]


def _taken(buffers: Sequence[Buffer], i: int, rivals: Rivals, offsets: Sequence[int]) -> list[Range]:
    """What the rivals that are placed already leave no room for: offsets strictly inside these ranges."""
    size = buffers[i].bytes
    taken = [(at - size, at + buffers[j].bytes) for j in rivals.others if (at := offsets[j]) >= 0]
    for j, mine, theirs in rivals.parts:
        if offsets[j] >= 0:
            taken.append((offsets[j] + theirs[0] - mine[1], offsets[j] + theirs[1] - mine[0]))
    for other, below, above, beside in rivals.partners:
        at = offsets[other]
        if at >= 0:
            marks = [at - below, at + above] if beside is None else [at - below, at + beside, at + above]
            taken += pairwise(marks)
    return taken
