"""Goals of a plan: which kernel each call gets, so that the whole is fast, small, or both."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

from lapel.errors import DoesNotFit
from lapel.planning.weighing import Item, Pick, Total, Weighing
from lapel.wish import Goal

SAME_TIME: Mapping[Goal, int] = {"latency": 100, "ram": 50}
"""Times that differ by less than one part in so many are the same: the candidate with fewer bytes is taken. Where RAM
comes first there are many small layers (bands), and code of its own for each would take much flash for little time."""

SAME_FLASH, WORTH = 100, 10
"""Where flash comes first, one part in SAME_FLASH more is taken for one part in WORTH of the time, or more of it. That
percent often is the code of a fast decoder, without which one that goes bit by bit takes several times as long."""

SHRINKING = 4
"""Shared code may turn out smaller by one byte in so many, where few calls are left that the compiler can fit it to."""

MANY_CALLS = 200
"""From here on, only the corners next to a flash budget are sought: there are about as many corners as calls."""


class OverBudget(DoesNotFit):
    """No choice of kernels is within a flash budget: the smallest takes `need_bytes`, by its costs. fits: what does."""

    def __init__(self, need_bytes: int, budget: int, where: str = "", fits: str = "") -> None:
        self.need_bytes, self.budget = need_bytes, budget
        super().__init__(
            f"{where}the smallest choice of kernels needs about {need_bytes:,} bytes of flash, "
            f"{need_bytes - budget:,} more than the budget of {budget:,}: raise the budget, or make the model smaller"
            + (fits and f": about {fits} would fit")
        )


Calls = Sequence[Sequence[Item]]
"""The candidates of each call."""
Between = Callable[[Total, Total], bool]
"""Whether a pick is sought between a fast and a small one."""


def choose(calls: Calls, goal: Goal, budget: int | None = None, reserve: int = 0) -> Pick:
    """The best candidates for a goal that need no more flash than `budget` bytes, less `reserve` if that is possible.

    latency, ram: the least time, but fewer bytes where times are the same (SAME_TIME). flash: the fewest bytes, then
    the least time, but a little more for much less time (SAME_FLASH). balanced: the least product of time and bytes.
    Where that exceeds the budget: the fastest that fits.

    Raises OverBudget, saying by how much, if nothing fits; where that is not certain before linking, the fewest bytes
    are chosen.
    """
    weighing = Weighing(calls)
    if goal == "balanced":
        best = min(_corners(weighing, calls, _least_product()), key=lambda p: _product(weighing.total(p)))
    elif goal == "flash":
        best = _small_and_not_slow(weighing, calls)
    else:
        near = [[k for k, i in enumerate(items) if _is_fast(i, items, SAME_TIME[goal])] for items in calls]
        fast = [[items[k] for k in ks] for items, ks in zip(calls, near, strict=True)]
        best = tuple(ks[k] for ks, k in zip(near, _smallest(Weighing(fast), fast), strict=True))
    if budget is None or weighing.total(best).bytes <= budget - reserve:
        return best
    smallest = _smallest(weighing, calls)
    least = weighing.total(smallest).bytes
    if least - weighing.shared_bytes(smallest) // SHRINKING > budget:
        raise OverBudget(least, budget)
    if least > budget:
        return smallest
    return _fastest_within(max(budget - reserve, least), smallest, weighing, calls)


def _fastest_within(room: int, smallest: Pick, weighing: Weighing, calls: Calls) -> Pick:
    """The fastest pick of at most `room` bytes, which the smallest one is."""
    corners = _corners(weighing, calls, lambda a, b: len(calls) <= MANY_CALLS or b.bytes <= room < a.bytes)
    fitting = [smallest, *(p for p in corners if weighing.total(p).bytes <= room)]
    start = min(fitting, key=lambda p: (weighing.total(p).time, weighing.total(p).bytes))
    return weighing.fastest(room, start, corners)


def _small_and_not_slow(weighing: Weighing, calls: Calls) -> Pick:
    """The fastest pick of at most one part in SAME_FLASH more bytes than the smallest, if that is WORTH it."""
    smallest = _smallest(weighing, calls)
    least = weighing.total(smallest)
    fast = _fastest_within(least.bytes + least.bytes // SAME_FLASH, smallest, weighing, calls)
    return fast if (least.time - weighing.total(fast).time) * WORTH >= least.time else smallest


def _is_fast(item: Item, items: Sequence[Item], same: int) -> bool:
    least = min(i.time for i in items)
    return (item.time - least) * same <= least


def _least_product() -> Between:
    """Whether a pick between two others may have a product as small as the least so far: its time is at least that of
    the fast one, and its bytes are those of the small one."""
    least = math.inf

    def promising(fast: Total, small: Total) -> bool:
        nonlocal least
        least = min(least, fast.time * fast.bytes, small.time * small.bytes)
        return fast.time * small.bytes <= least

    return promising


def _product(t: Total) -> tuple[int, int]:
    return t.time * t.bytes, t.bytes


def _smallest(weighing: Weighing, calls: Calls) -> Pick:
    """The fewest bytes, then the least time: a byte weighs more than all times together."""
    return weighing.best(1, 1 + sum(max(i.time for i in items) for items in calls))


def _corners(weighing: Weighing, calls: Calls, wanted: Between) -> list[Pick]:
    """The picks that are best for some weight of a byte against a unit of time, from the fastest to the smallest.

    They are the corners of the convex curve below all picks. The least product of time and bytes is one of them: a
    hyperbola bends the other way, so on the line between two corners no point has a smaller product than both. Between
    two of them more are sought only where they are `wanted`.
    """
    span = 1 + sum(max(i.bytes + sum(i.shared.values()) for i in items) for items in calls)
    fastest, smallest = weighing.best(span, 1), _smallest(weighing, calls)
    found = dict.fromkeys((fastest, smallest))
    todo = [(fastest, smallest)]
    while todo:
        fast, small = todo.pop()
        a, b = weighing.total(fast), weighing.total(small)
        per_time, per_byte = a.bytes - b.bytes, b.time - a.time
        if per_time <= 0 or per_byte <= 0 or not wanted(a, b):
            continue
        between = weighing.best(per_time, per_byte)
        c = weighing.total(between)
        if per_time * c.time + per_byte * c.bytes < per_time * a.time + per_byte * a.bytes:
            found[between] = None
            todo += [(fast, between), (between, small)]
    return list(found)
