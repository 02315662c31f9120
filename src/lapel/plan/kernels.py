"""Kernel choice: for each call the first variant, in the target's order of preference, that takes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from lapel.ir import Call
from lapel.kernels import variants

PORTABLE = "portable"


def choose_kernels(calls: Sequence[Call], preference: Sequence[str]) -> tuple[tuple[Call, ...], str]:
    """The calls with their kernels chosen, and the reasons as one line for the plan.

    preference: variant names, best first, as in a target's .toml; the last is "portable", which takes every call.
    """
    chosen, reasons = [], []
    for call in calls:
        best, reason = _choose(call, preference)
        chosen.append(best)
        reasons.append(reason)
    return tuple(chosen), "; ".join(dict.fromkeys(reasons))


def _choose(call: Call, preference: Sequence[str]) -> tuple[Call, str]:
    rejected = []
    for name in preference:
        if name == PORTABLE:
            break
        variant = variants().get(f"{call.kernel}_{name}")
        if variant is None:
            rejected.append(f"{call.kernel} has no {name} variant")
            continue
        # The portable kernel's promise about its order is not the variant's: that makes its own, or none.
        found = variant.specialize(replace(call, ahead=None))
        if isinstance(found, Call):
            return found, f"{found.kernel}: the core's first choice"
        rejected.append(f"not {name}: {found}")
    return call, f"{call.kernel}, portable" + (f" ({', '.join(rejected)})" if rejected else "")
