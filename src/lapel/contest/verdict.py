"""Which contenders are on the Pareto front, which is the smallest that is enough, and whether a tree is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from lapel.records import LOUD_LOSS, ROUNDING, Contender, Tried

ASKED = "tree"
"""The candidate that every project asks about first."""
RULE = (
    "enough: the least flash of those that fit and whose mean over folds is at most one standard error, or one point "
    "where that is more, below the best one's; held-out samples decide nothing"
)
"""Breiman et al. (1984), Classification and Regression Trees, chapter 3: the 1 SE rule; a point is `LOUD_LOSS`. The
standard error is that of the folds, or that of a share of so many samples, where folds happen to agree by more."""
NONE = "nothing ran on the chip: take a larger target, or other candidates"


def with_front(contenders: Sequence[Contender]) -> tuple[Contender, ...]:
    """Each with `on_front`."""
    return tuple(replace(c, on_front=any(c is f for f in front(contenders))) for c in contenders)


def front(contenders: Sequence[Contender]) -> list[Contender]:
    """Those that fit, and than which none that fits is better in one figure and no worse in the others."""
    ran = [c for c in contenders if c.chip is not None]
    costs = [_figures(c) for c in ran]
    return [c for c, mine in zip(ran, costs, strict=True) if not any(_dominates(other, mine) for other in costs)]


def _figures(c: Contender) -> tuple[float, ...]:
    """Less is better."""
    assert c.chip is not None
    time = c.chip.cycles if c.chip.cycles is not None else c.chip.instructions
    return -c.best.mean, c.chip.memory.flash_bytes, c.chip.memory.ram_bytes, time or 0


def _dominates(a: tuple[float, ...], b: tuple[float, ...]) -> bool:
    return a != b and all(x <= y for x, y in zip(a, b, strict=True))


def enough(contenders: Sequence[Contender], flips: int | None) -> Contender | None:
    """See RULE. flips: samples that are right or wrong, all those of the folds; None of a regression."""
    ran = [c for c in contenders if c.chip is not None]
    if not ran:
        return None
    return min(_near(ran, flips), key=lambda c: _figures(c)[1:])


def _near(ran: Sequence[Contender], flips: int | None) -> list[Contender]:
    """Those that are as good as the best."""
    best = max(ran, key=lambda c: c.best.mean).best
    of_share = 0.0 if flips is None else math.sqrt(best.mean * (1 - best.mean) / flips)
    return [c for c in ran if c.best.mean >= best.mean - max(best.error, of_share, LOUD_LOSS) - ROUNDING]


def answer(contenders: Sequence[Contender], flips: int | None) -> str:
    """Is a tree enough? flips: see `enough`."""
    found, accuracy = enough(contenders, flips), flips is not None
    if found is None:
        return NONE
    trees = [c for c in contenders if c.chip is not None and c.candidate == ASKED]
    if found.candidate == ASKED:
        return f"a tree is enough: {_said(found, accuracy)}"
    smallest = f"the smallest that is enough is {_said(found, accuracy)}"
    if not trees:
        return smallest
    best = max(trees, key=lambda c: c.best.mean)
    ran = [c for c in contenders if c.chip is not None]
    top = max(ran, key=lambda c: c.best.mean)
    if any(c is best for c in _near(ran, flips)):
        return f"a tree would do ({_said(best, accuracy)}), but {smallest}"
    return f"a tree is not enough: {best.name} is {_lost(best, top, accuracy)} below {top.name}; {smallest}"


def _lost(less: Contender, more: Contender, accuracy: bool) -> str:
    """Of shares, with the standard error of the difference over the same folds."""
    found = Tried({}, tuple(b - a for a, b in zip(less.best.shares, more.best.shares, strict=True)))
    if accuracy:
        return f"{100 * found.mean:.1f} (± {100 * found.error:.1f}) points"
    return f"{found.mean:.3f} (± {found.error:.3f}) of R²"


def _said(c: Contender, accuracy: bool) -> str:
    assert c.chip is not None
    m = c.best.mean
    share = f"{100 * m:.1f} %" if accuracy else f"R² {m:.3f}"
    return f"{c.name}, {share} in {c.chip.memory.flash_bytes:,} bytes of flash and {c.chip.memory.ram_bytes:,} of RAM"
