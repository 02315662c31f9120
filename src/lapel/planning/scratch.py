"""Scratch: kernels that need less of it where the arena is fullest, and where it lies.

Once all else is placed it lies at as few offsets as possible, so that equal calls stay equal:
A call's params have its scratch's address. Bands of one layer, which are alike apart from it, share their params, and
the code compiled for them, where their scratch lies at one offset.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol, TypeVar

from lapel.ir import Node
from lapel.planning.arena import Buffer, Range, free_offsets, needs
from lapel.planning.buffers import Layout, aligned_buffers
from lapel.records import Choice, Note


class Arranged(Protocol):
    """A packed order of steps."""

    @property
    def order(self) -> Sequence[Node]: ...
    @property
    def layout(self) -> Layout: ...
    @property
    def bytes(self) -> int: ...


A = TypeVar("A", bound=Arranged)
Reasons = dict[str, tuple[Choice, ...]]


def spare(
    best: tuple[A, Reasons],
    arrange: Callable[[frozenset[str]], tuple[A, Reasons]],
    full: Callable[[Arranged], frozenset[str]],
    able: frozenset[str],
) -> tuple[tuple[A, Reasons], list[Note]]:
    """Kernels with less scratch in the layers where the arena is fullest; and what was done.

    As long as a percent of time saves more than a percent of the arena. arrange: with the least scratch in these
    nodes. full: the nodes of the fullest steps. able: nodes that have a choice.
    """
    first, sparing = best[0].bytes, frozenset[str]()
    while more := (full(best[0]) & able) - sparing:
        tried = arrange(sparing | more)
        if tried[0].bytes * _time(tried[1]) >= best[0].bytes * _time(best[1]):
            break
        best, sparing = tried, sparing | more
    if not sparing:
        return best, []
    return best, [Note("scratch", f"arena {best[0].bytes:,} bytes, not {first:,}: less of it in {len(sparing)} layers")]


def _time(reasons: Mapping[str, Sequence[Choice]]) -> int:
    return sum(c.cost.time for choices in reasons.values() for c in choices if c.cost is not None)


def fullest(arranged: Arranged, align: int, guard: int) -> frozenset[str]:
    """The nodes of the steps in which the most bytes are needed."""
    changes = needs(*aligned_buffers(arranged.layout, align, guard))
    most, ends = max(need for _, need in changes), [step for step, _ in changes[1:]]
    ranges = [
        range(step, end)
        for (step, need), end in zip(changes, [*ends, len(arranged.order)], strict=True)
        if need == most
    ]
    return frozenset(node.name for k, node in enumerate(arranged.order) if any(k in r for r in ranges))


def settle(buffers: Sequence[Buffer], offsets: Sequence[int], scratch: Collection[int], size: int) -> list[int]:
    """The offsets with those of the buffers `scratch` moved together in an arena of `size`, if each is of one step."""
    found = list(offsets)
    waiting = _free(buffers, offsets, {k for k in scratch if buffers[k].first == buffers[k].last}, size)
    while waiting:
        place = _most_frequent([r for ranges in waiting.values() for r in ranges])
        settled = [k for k, ranges in waiting.items() if any(low <= place <= high for low, high in ranges)]
        for k in settled:
            found[k] = place
            del waiting[k]
    return found


def _free(
    buffers: Sequence[Buffer], offsets: Sequence[int], scratch: Collection[int], size: int
) -> dict[int, list[Range]]:
    """Of each of the buffers where it may lie beside all others."""
    free: dict[int, list[Range]] = {}
    live: list[int] = []
    kept = [k for k, b in enumerate(buffers) if b.kept is not None]
    for k in sorted(range(len(buffers)), key=lambda k: (buffers[k].first, k in scratch)):
        step, own = buffers[k].first, buffers[k].bytes
        live = [j for j in live if buffers[j].last >= step]
        if k in scratch:
            taken = [(offsets[j] - own, offsets[j] + buffers[j].bytes) for j in live]
            for j in kept:
                met = buffers[k].meets(buffers[j])
                taken += [(offsets[j] + theirs[0] - mine[1], offsets[j] + theirs[1] - mine[0]) for mine, theirs in met]
            free[k] = free_offsets(taken, size - own)
        else:
            live.append(k)
    return free


def _most_frequent(ranges: Sequence[Range]) -> int:
    """The lowest number that is in the most ranges, ends inclusive."""
    edges = sorted([(low, 0) for low, _ in ranges] + [(high, 1) for _, high in ranges])
    most = count = place = 0
    for at, ends in edges:
        count += -1 if ends else 1
        if count > most:
            most, place = count, at
    return place
