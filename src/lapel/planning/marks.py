"""Who wrote which byte of the arena last, as runs of bytes: `Plan.verify` walks the steps with it.

Its size follows the tensors that are alive, not the arena's bytes.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import pairwise

UNWRITTEN = -4
"""Mark of a byte that no step has written yet."""
GARBAGE = -3
"""Mark of a byte that was a step's scratch."""
INITIAL = -2
"""Mark of what a state is before the first call; -1 is that of the inputs."""

Runs = tuple[tuple[int, int], ...]
"""(bytes, mark) side by side; neighbours have different marks."""


class Marks:
    """A mark on every one of `size` bytes."""

    def __init__(self, size: int) -> None:
        self._starts, self._marks, self._size = [0], [UNWRITTEN], size

    def write(self, start: int, end: int, mark: int) -> None:
        """Mark the bytes from start up to end, which are not none."""
        first, last = self._split(start), self._split(end)
        self._starts[first:last] = [start]
        self._marks[first:last] = [mark]

    def read(self, start: int, end: int) -> Runs:
        """The marks of the bytes from start up to end."""
        k, found = bisect_right(self._starts, start) - 1, []
        while start < end:
            stop = min(end, self._starts[k + 1] if k + 1 < len(self._starts) else self._size)
            found.append((stop - start, self._marks[k]))
            start, k = stop, k + 1
        return join(found)

    def _split(self, at: int) -> int:
        """Index of the run that starts at a byte, which it is made to do."""
        if at == self._size:
            return len(self._starts)
        k = bisect_right(self._starts, at) - 1
        if self._starts[k] != at:
            k += 1
            self._starts.insert(k, at)
            self._marks.insert(k, self._marks[k - 1])
        return k


def join(runs: Iterable[tuple[int, int]]) -> Runs:
    """The same bytes in the fewest runs."""
    joined: list[tuple[int, int]] = []
    for size, mark in runs:
        if joined and joined[-1][1] == mark:
            size += joined.pop()[0]
        joined.append((size, mark))
    return tuple(joined)


def cut(runs: Runs, start: int, size: int) -> Runs:
    """`size` bytes from byte `start` on."""
    found, at, end = [], 0, start + size
    for length, mark in runs:
        low, high = max(at, start), min(at + length, end)
        if low < high:
            found.append((high - low, mark))
        at += length
    return join(found)


def differences(a: Runs, b: Runs) -> tuple[int, int]:
    """How many bytes have different marks, and the first of them; both runs are of as many bytes."""
    edges = sorted({0, *_ends(a), *_ends(b)})
    wrong, first = 0, -1
    for low, high in pairwise(edges):
        if cut(a, low, high - low) != cut(b, low, high - low):
            wrong, first = wrong + high - low, low if first < 0 else first
    return wrong, first


def _ends(runs: Runs) -> list[int]:
    ends, at = [], 0
    for size, _ in runs:
        at += size
        ends.append(at)
    return ends
