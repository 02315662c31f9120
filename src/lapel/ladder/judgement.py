"""What the figures of a ladder say in words: steps that save nothing, accuracy that was lost, steps better left out."""

from __future__ import annotations

from lapel.planning import slowness
from lapel.records import LOUD_LOSS, ROUNDING, Budgets, CompressionRecord, Judged, Rung, Variant, loss_text, share_lost
from lapel.records.compression import cost_of

DEAR = 1.2
"""A figure that grows by more than that is said."""
TIMES = ("cycles", "instructions")
"""Of these figures those of time."""
LEAST_GAIN = 0.001
"""Share of a figure that has to be saved to count: less is where the compiler put things."""


def no_gain(before: Rung, after: Rung, target: str) -> str:
    """That a step saves nothing by itself, if it does not; "" too where nothing was measured."""
    old, new = cost_of(before), cost_of(after)
    if not old or not new or _saves(new, old):
        return ""
    said = ", ".join(f"{name} {new[name] - old[name]:+,}" for name in new if name in old)
    return f"by itself it saves nothing on {target}: {said}"


def dear(before: Rung, after: Rung) -> str:
    """That a step makes RAM or time more than DEAR times what it was, if it does; not the time of codes of which the
    plan has told that already."""
    old, new = cost_of(before), cost_of(after)
    told = after.firmware is not None and slowness.told(after.firmware.warnings)
    judged = [name for name in new if name in old and not (told and name in TIMES)]
    grown = [name for name in judged if new[name] > DEAR * old[name]]
    said = (f"{new[n] / old[n]:.1f} times the {n}, {new[n]:,} instead of {old[n]:,}" for n in grown)
    return f"it takes {'; '.join(said)}" if grown else ""


def lost(first: Rung, before: Rung, rung: Rung, last: bool) -> str:
    """That more than LOUD_LOSS is lost against the first network, and more than the step before had lost; after the
    last step in any case."""
    if first.best is None or rung.best is None:
        return ""
    start, after = first.best, rung.best
    found = share_lost(start.score, after.score)
    if found is None or found <= LOUD_LOSS + ROUNDING:
        return ""
    earlier = None if before.best is None else share_lost(start.score, before.best.score)
    if not last and earlier is not None and found <= earlier + ROUNDING:
        return ""
    said = f"{_share(after)} instead of {_share(start)} of the first network"
    return f"{loss_text(after.score, found)} are lost: {said}"


def better_without(record: CompressionRecord, variant: Variant, step: str) -> str:
    """That a ladder without a step ends no worse, if it does: in flash and time, and in accuracy."""
    whole, other = record.rungs[-1], variant.rungs[-1]
    old, new = cost_of(other), cost_of(whole)
    if not old or not new or _saves(new, old):
        return ""
    said = ", ".join(f"{name} {old[name]:,} instead of {new[name]:,}" for name in new if name in old)
    score = f"{_share(other.best)} instead of {_share(whole.best)}"
    return f"{step!r} does not pay on {record.target}: without it the ladder ends with {said}, {score}: leave it out"


def beyond(rung: Rung, budgets: Budgets) -> list[str]:
    """What of a firmware that was built is beyond the budgets, which were compared with estimates."""
    found, said = cost_of(rung), []
    names = (("flash", budgets.flash_bytes), ("RAM", budgets.ram_bytes), ("cycles", budgets.cycles))
    for name, limit in names:
        if limit is not None and name in found and found[name] > limit:
            said.append(f"{name} is {found[name]:,} as it was built, {limit:,} are allowed")
    share = rung.best.score.share if rung.best is not None else None
    if budgets.accuracy is not None and share is not None and share < budgets.accuracy:
        said.append(f"{_share(rung.best)} of the test samples, {100 * budgets.accuracy:.2f} % are asked for")
    return said


def _saves(new: dict[str, int], old: dict[str, int]) -> bool:
    return any(size < (1 - LEAST_GAIN) * old[name] for name, size in new.items() if name in old)


def _share(judged: Judged | None) -> str:
    if judged is None:
        return "not measured"
    score = judged.score
    return f"{100 * score.accuracy:.2f} %" if score.accuracy is not None else f"R² {score.r2 or 0.0:.4f}"
