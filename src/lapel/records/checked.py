"""`Checked`: figures of firmware against budgets and a baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from lapel.records.document import Record

MOST = (
    "flash_bytes",
    "blob_bytes",
    "ram_bytes",
    "arena_bytes",
    "stack_bytes",
    "stack_worst_bytes",
    "stack_bound_bytes",
    "stack_worst_bound_bytes",
    "instructions",
    "load_instructions",
    "cycles",
    "energy_uj",
)
"""Figures of which less is better; a budget is the most that they may be."""
LEAST = ("accuracy", "float_agreement")
"""Figures of which more is better."""
EQUAL = ("sha256",)
"""What has to be the same."""
FIGURES = (*MOST, *LEAST, *EQUAL)

Figure = int | float | str


@dataclass(frozen=True)
class Broken:
    """A budget that is not kept. limit: most, least, or the same. than: "budget" or "baseline"."""

    figure: str
    found: int | float | str | None
    limit: int | float | str
    than: str

    @property
    def by(self) -> float | None:
        """How far it is beyond its limit; None of what is no number, or not known."""
        if isinstance(self.found, str) or isinstance(self.limit, str) or self.found is None:
            return None
        return abs(self.found - self.limit)

    def __str__(self) -> str:
        if self.found is None:
            return f"{self.figure} is not known here, and has a {self.than} of {written(self.limit)}"
        if self.by is None:
            return f"{self.figure} is {self.found}, expected {self.limit} ({self.than})"
        share = f", {self.by / abs(float(self.limit)):.1%}" if self.limit else ""
        beyond = "less" if self.figure in LEAST else "more"
        by = written(int(self.by) if self.by == int(self.by) else self.by)
        limit = f"the {self.than} of {written(self.limit)}"
        return f"{self.figure} is {written(self.found)}, {by} {beyond} than {limit}{share}"


def written(value: int | float | str) -> str:
    """A figure as users read it."""
    if isinstance(value, str):
        return value
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


@dataclass(frozen=True)
class Check:
    """One firmware. figures: all that are known of it; limits: those with a budget; baseline: figures of before.

    error: why there are no figures: a message of the error tree, and its class and exit code.
    """

    ALSO: ClassVar = ("passed",)

    name: str
    model: str
    target: str
    figures: Mapping[str, int | float | str]
    limits: Mapping[str, int | float | str]
    baseline: Mapping[str, int | float | str]
    broken: tuple[Broken, ...]
    seconds: float
    error: str | None = None
    error_type: str | None = None
    exit_code: int = 0

    @property
    def passed(self) -> bool:
        """Whether there are figures, and all are within their limits."""
        return not self.broken and self.error is None


@dataclass(frozen=True)
class Checked(Record):
    """All checks of a file of budgets."""

    ALSO: ClassVar = ("passed",)

    budgets: str
    checks: tuple[Check, ...]

    @property
    def passed(self) -> bool:
        """Whether every check is."""
        return all(c.passed for c in self.checks)


@dataclass(frozen=True)
class Baseline(Record):
    """Figures by the name of the check and of the figure, to be committed and compared with."""

    checks: Mapping[str, Mapping[str, int | float | str]]
