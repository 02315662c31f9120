"""Where scratch lies, once all else is placed: at as few offsets as possible, so that equal calls stay equal.

A call's params have its scratch's address. Bands of one layer, which are alike apart from it, share their params, and
the code compiled for them, where their scratch lies at one offset.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from lapel.planning.arena import Buffer, Range, free_offsets


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
