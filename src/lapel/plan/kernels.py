"""Kernel choice: for each call the first variant, in the target's order of preference, that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lapel.ir import Call
from lapel.kernels import variants

PORTABLE = "portable"
NEAR = 2
"""A kernel that is further ahead (`Call.ahead`, in pixels) is slower to free bytes than one that might replace it."""


def choose_kernels(
    calls: Sequence[Call], preference: Sequence[str], *, ordered: bool = False
) -> tuple[tuple[Call, ...], str]:
    """The calls with their kernels chosen, and the reasons as one line for the plan.

    preference: variant names, best first, as in a target's .toml; the last is "portable", which takes every call.
    ordered: the first kernel that promises an order of at most NEAR pixels (`Call.ahead`) or to work in place
    (`Call.in_place`) wins, else the first that promises any order, if there is one.
    """
    chosen, reasons = [], []
    for call in calls:
        best, reason = _choose(call, preference, ordered)
        chosen.append(best)
        reasons.append(reason)
    return tuple(chosen), "; ".join(dict.fromkeys(reasons))


def _choose(call: Call, preference: Sequence[str], ordered: bool) -> tuple[Call, str]:
    candidates, rejected = _candidates(call, preference)
    best = candidates[0]
    if ordered:
        best, loose = _first_ordered(candidates)
        rejected = [*rejected, *loose]
    name = f"{call.kernel}, portable" if best is call else f"{best.kernel}: the core's first choice"
    return best, name + (f" ({', '.join(rejected)})" if rejected else "")


def _first_ordered(candidates: Sequence[Call]) -> tuple[Call, list[str]]:
    """The first that keeps a near order or is in place, else any order, else the first; and why not those before it."""
    keeping = [c for c in candidates if c.ahead is not None or c.in_place]
    near = [c for c in keeping if c.in_place or (c.ahead is not None and c.ahead <= NEAR)]
    best = [*near, *keeping, *candidates][0]
    why = []
    for c in candidates[: candidates.index(best)]:
        far = "it keeps no order" if c.ahead is None else f"its order is loose, {c.ahead} pixels ahead"
        why.append(f"not {c.kernel}: {far}, the output could not overlap" + (" as much" if c.ahead else ""))
    return best, why


def _candidates(call: Call, preference: Sequence[str]) -> tuple[list[Call], list[str]]:
    """The calls that would do, best first, ending in the portable one; and why there are not more."""
    taken, rejected = [], []
    for name in preference:
        if name == PORTABLE:
            break
        forms = _forms(f"{call.kernel}_{name}")
        if not forms:
            rejected.append(f"{call.kernel} has no {name} variant")
        for form in forms:
            # The portable kernel's promise about its order is not the variant's: that makes its own, or none.
            found = variants()[form].specialize(replace(call, ahead=None, in_place=False))
            if isinstance(found, Call):
                taken.append(found)
            else:
                rejected.append(f"not {form.removeprefix(call.kernel + '_')}: {found}")
    return [*taken, call], rejected


def _forms(variant: str) -> list[str]:
    """The names of a variant's forms, best first: `conv_dsp_…` by the alphabet, then `conv_dsp` itself."""
    plain = [variant] if variant in variants() else []
    return sorted(n for n in variants() if n.startswith(f"{variant}_")) + plain
