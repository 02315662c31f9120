"""Arena packing: buffers with sizes and lifetimes -> offsets, with a proven lower bound.

Offline dynamic storage allocation. The bound is the largest sum of sizes alive at one step: no packing can be
smaller. First fit is tried over a few orders; the first that meets the bound is optimal and ends the search.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Buffer:
    """`bytes` needed from step `first` to step `last`, inclusive."""

    bytes: int
    first: int
    last: int


ORDERS: dict[str, Callable[[Buffer], tuple[int, ...]]] = {
    "largest first": lambda b: (-b.bytes, b.first),
    "longest-lived first": lambda b: (b.first - b.last, -b.bytes),
    "largest bytes x steps first": lambda b: (-b.bytes * (b.last - b.first + 1), b.first),
    "execution order": lambda b: (b.first, -b.bytes),
}


def lower_bound(buffers: Sequence[Buffer]) -> int:
    """Largest sum of bytes alive at one step."""
    change: dict[int, int] = {}
    for b in buffers:
        change[b.first] = change.get(b.first, 0) + b.bytes
        change[b.last + 1] = change.get(b.last + 1, 0) - b.bytes
    live = peak = 0
    for step in sorted(change):
        live += change[step]
        peak = max(peak, live)
    return peak


def pack(buffers: Sequence[Buffer]) -> tuple[list[int], int, str]:
    """Offsets, the arena's size, and the order that reached it."""
    bound, rivals = lower_bound(buffers), conflicts(buffers)
    best: tuple[list[int], int, str] | None = None
    for name, key in ORDERS.items():
        offsets = first_fit(buffers, sorted(range(len(buffers)), key=lambda i: key(buffers[i])), rivals)
        size = max((o + b.bytes for o, b in zip(offsets, buffers, strict=True)), default=0)
        if best is None or size < best[1]:
            best = offsets, size, name
        if size == bound:
            break
    assert best is not None
    if best[1] > bound:
        ends = from_both_ends(buffers, rivals, bound)
        if ends is not None:
            return ends, bound, "from both ends in execution order"
    return best


def conflicts(buffers: Sequence[Buffer]) -> list[list[int]]:
    """For each buffer those that are alive at one of its steps: a sweep, linear in the number of such pairs."""
    rivals: list[list[int]] = [[] for _ in buffers]
    live: list[int] = []
    for i in sorted(range(len(buffers)), key=lambda i: buffers[i].first):
        live = [j for j in live if buffers[j].last >= buffers[i].first]
        for j in live:
            rivals[i].append(j)
            rivals[j].append(i)
        live.append(i)
    return rivals


def first_fit(buffers: Sequence[Buffer], order: Sequence[int], rivals: Sequence[Sequence[int]]) -> list[int]:
    """Place the buffers in this order, each at the lowest offset free of those already placed."""
    offsets: list[int] = [-1] * len(buffers)
    for i in order:
        at = 0
        for start, end in _taken(buffers, rivals[i], offsets):
            if start - at >= buffers[i].bytes:
                break
            at = max(at, end)
        offsets[i] = at
    return offsets


def from_both_ends(buffers: Sequence[Buffer], rivals: Sequence[Sequence[int]], capacity: int) -> list[int] | None:
    """Place in execution order within `capacity` bytes, lowest and highest in turn; None if one has no room.

    Optimal for chains, where each buffer meets only its two neighbours: first fit is not.
    """
    offsets: list[int] = [-1] * len(buffers)
    for turn, i in enumerate(sorted(range(len(buffers)), key=lambda i: buffers[i].first)):
        size, at = buffers[i].bytes, 0
        gaps = []
        for start, end in [*_taken(buffers, rivals[i], offsets), (capacity, capacity)]:
            if start - at >= size:
                gaps.append((at, start))
            at = max(at, end)
        if not gaps:
            return None
        offsets[i] = gaps[-1][1] - size if turn % 2 else gaps[0][0]
    return offsets


def _taken(buffers: Sequence[Buffer], rivals: Sequence[int], offsets: Sequence[int]) -> list[tuple[int, int]]:
    """Ranges of the rivals that are placed already, ascending."""
    return sorted((offsets[j], offsets[j] + buffers[j].bytes) for j in rivals if offsets[j] >= 0)
