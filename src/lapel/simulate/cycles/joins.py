"""What blocks take more because of the one that ran right before: a loop's pass after its last, a call, what follows.

A block goes on to the next address unless it jumps, and a direct jump goes to its target: so the log of executions and
jumps says how often one block followed another. After a jump to an address in a register the pipeline starts idle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from lapel.simulate.profile import Interval, Span
from lapel.targets.timetable import ZERO, Range

Pass = tuple[Span, Span, bool]
"""Two blocks in a row, and whether the first one jumped to the second."""


def more_cycles(interval: Interval, target_of: Callable[[Span], int | None], after: Callable[[Pass], Range]) -> Range:
    """More cycles of an interval. target_of: of a block's jump; after: what the second of two blocks takes more."""
    total = ZERO
    for first, second, jumped, count in _passes(interval, target_of):
        total += after((first, second, jumped)).times(count)
    return total


def _passes(interval: Interval, target_of: Callable[[Span], int | None]) -> Iterator[tuple[Span, Span, bool, int]]:
    entered: dict[int, tuple[int, Span]] = {}
    left: dict[int, tuple[int, Span]] = {}
    for span, count in interval.executions.items():
        entered[span[0]] = max(entered.get(span[0], (0, span)), (count, span))
        left[span[1]] = max(left.get(span[1], (0, span)), (count, span))
    ended = dict.fromkeys(left, 0)
    for span, count in interval.executions.items():
        ended[span[1]] += count
    for end, (_, first) in left.items():
        jumps = interval.jumps.get(end, 0)
        target = target_of(first)
        for to, jumped, count in ((end, False, ended[end] - jumps), (target, True, jumps)):
            if to in entered and count > 0:
                yield first, entered[to][1], jumped, count
