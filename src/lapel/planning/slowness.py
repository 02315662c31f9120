"""Whether kernels that save flash make the whole much slower: a warning of the plan."""

from __future__ import annotations

from collections.abc import Iterable

from lapel.ir import Call
from lapel.records import Choice
from lapel.variants import FlashSaver, variants

SLOW = 2
"""So many times the time of the fastest kernels that store weights as they are is said."""
CODED = "weights are stored in codes"
"""What is said begins with it."""


def slowness(taken: Iterable[tuple[Call, Choice]], budgeted: bool) -> tuple[str, ...]:
    """A sentence where calls that trade time for flash take SLOW times what all calls would take without such a trade.

    budgeted: whether there is a flash budget already, within which the fastest kernels are taken.
    """
    now = plain = 0
    unit = ""
    for call, choice in taken:
        if choice.cost is None:
            continue
        unit = unit or choice.unit or ""
        now += choice.cost.time
        plain += _uncoded(call, choice)
    if now <= SLOW * plain:
        return ()
    advice = "" if budgeted else "; a flash budget takes the fastest kernels that fit, often nearly as small"
    return (
        f"{CODED}: kernels take {now / plain:.1f} times the time, {now:,} {unit} instead of "
        f"{plain:,} by those that store them as they are{advice}",
    )


def told(warnings: Iterable[str]) -> bool:
    """Whether one of them is such a sentence."""
    return any(warning.startswith(CODED) for warning in warnings)


def _uncoded(call: Call, choice: Choice) -> int:
    """The time of the fastest kernel that stores weights as they are; of a call whose kernel does, its own."""
    assert choice.cost is not None
    if not _saves(call.kernel):
        return choice.cost.time
    others = [r.cost.time for r in choice.rejected if r.cost is not None and r.kernel and not _saves(r.kernel)]
    return min(others, default=choice.cost.time)


def _saves(kernel: str) -> bool:
    return isinstance(variants().get(kernel), FlashSaver)
