"""Trials against each other and against budgets: the Pareto front, the best, the nearest, and what is in the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lapel.errors import UsageError
from lapel.records import Budgets, Search, Trial

AXES = ("share", "flash_bytes", "arena_bytes", "time")
"""Of a trial; of the first more is better, of the others less."""
LIMITS = {"flash_bytes": "flash_bytes", "ram_bytes": "arena_bytes", "cycles": "time", "accuracy": "share"}
"""By field of `Budgets`: what of a trial it limits."""
SAID = {"flash_bytes": "bytes of flash", "ram_bytes": "bytes of arena", "cycles": "cycles", "accuracy": "accuracy"}


def check_budgets(budgets: Budgets) -> None:
    """Raise UsageError for budgets that no network has."""
    for name in ("flash_bytes", "ram_bytes", "cycles"):
        value = getattr(budgets, name)
        if value is not None and value < 1:
            raise UsageError(f"the budget of {SAID[name]} is {value}, expected at least 1")
    if budgets.accuracy is not None and not 0 <= budgets.accuracy <= 1:
        raise UsageError(f"the least accuracy is {budgets.accuracy:g}, expected a share from 0 to 1")


def concluded(search: Search) -> Search:
    """The search with its front, and the trial to take: the best within the budgets, else the nearest to them."""
    done = [t for t in search.trials if not t.failed]
    front = tuple(t.number for t in done if not any(_dominates(other, t) for other in done))
    fitting = [t for t in done if not any(excess(t, search.budgets).values())]
    if fitting:
        best = max(fitting, key=lambda t: (t.share or 0.0, -(t.flash_bytes or 0), -t.number))
        return replace(search, front=front, chosen=best.number, met=True)
    if not done:
        return replace(search, front=(), chosen=None, met=False, limits=_failures(search.trials))
    nearest = min(done, key=lambda t: (sum(excess(t, search.budgets).values()), t.number))
    return replace(search, front=front, chosen=nearest.number, met=False, limits=_limits(nearest, done, search.budgets))


def excess(trial: Trial, budgets: Budgets) -> dict[str, float]:
    """By budget, how far a trial is beyond it, as a share of it; 0 within."""
    found = {}
    for name, figure in LIMITS.items():
        limit, value = getattr(budgets, name), getattr(trial, figure)
        if limit is not None:
            over = limit - (value or 0.0) if name == "accuracy" else value - limit
            found[name] = max(0.0, over / max(limit, 1e-9))
    return found


def _dominates(a: Trial, b: Trial) -> bool:
    """Whether a is no worse than b in all figures, and better in one; of equal ones the first counts."""
    better = False
    for axis in AXES:
        x, y = getattr(a, axis) or 0, getattr(b, axis) or 0
        x, y = (-x, -y) if axis == "share" else (x, y)
        if x > y:
            return False
        better = better or x < y
    return better or a.number < b.number


def _limits(nearest: Trial, done: Sequence[Trial], budgets: Budgets) -> tuple[str, ...]:
    """Of each budget that the nearest trial breaks: by how much, and what the best trial for it alone had."""
    said = [f"the nearest is trial {nearest.number + 1}, {_figures(nearest)}"]
    for name, over in excess(nearest, budgets).items():
        if not over:
            continue
        figure, limit = LIMITS[name], getattr(budgets, name)
        value = getattr(nearest, figure)
        if name == "accuracy":
            best = max((t.share or 0.0) for t in done)
            most = f"the best of any trial is {100 * best:.2f} %"
            said.append(f"accuracy is {100 * (value or 0.0):.2f} %, {100 * limit:.2f} % are asked for; {most}")
        else:
            best = min(getattr(t, figure) for t in done)
            said.append(f"{value:,} {SAID[name]}, {limit:,} are allowed; the least of any trial is {best:,}")
    return tuple(said)


def _figures(t: Trial) -> str:
    size = f"{t.flash_bytes:,} bytes of flash, {t.arena_bytes:,} of arena, {t.time:,} of time"
    return f"{100 * (t.share or 0.0):.2f} %, {size}"


def _failures(trials: Sequence[Trial]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(t.failed for t in trials))[:3]
