"""What the `repr` of a result says."""

from __future__ import annotations

from lapel.records.figures import CycleModel


def cost_parts(instructions: int | None, cycles: int | None, model: CycleModel | None) -> list[str]:
    """The best figure of time that there is."""
    if cycles is not None:
        return [f"{cycles:,} cycles"]
    if model is not None:
        return [f"{model.inference.cycles:,} modelled cycles"]
    return [] if instructions is None else [f"{instructions:,} instructions"]


def warning_parts(warnings: tuple[str, ...]) -> list[str]:
    """The one warning, or how many there are."""
    return [f"{len(warnings)} warnings" if len(warnings) > 1 else f"warning: {warnings[0]}"] if warnings else []


def brief(kind: str, model: str, target: str, parts: list[str]) -> str:
    """One line of a result."""
    return f"<{kind} {model!r} on {target}: {', '.join(parts)}>"
