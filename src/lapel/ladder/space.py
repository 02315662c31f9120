"""What a search may set: the table `[search.STEP]` of a recipe.

    [search.prune]
    density = { low = 0.02, high = 0.5, layers = true }

    [search.share]
    values = { choices = [4, 8, 16] }

| key | meaning |
|---|---|
| low, high | least and greatest: whole numbers if both are, on a logarithmic scale from a factor of 10 on |
| choices | instead: values to choose from |
| layers | true: each layer with weights has a value of its own |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lapel.errors import UsageError, shown
from lapel.keywords import check_names
from lapel.ladder.steps import Step, read_step, step_named

KEYS = ("low", "high", "choices", "layers")
LOGARITHMIC = 10
SAMPLED = 4
"""Values of a layer that are looked at first, ends included."""


@dataclass(frozen=True)
class Free:
    """An option that a search sets. low, high: its range, or choices; layers: for each layer."""

    step: str
    option: str
    low: float | None
    high: float | None
    choices: tuple[Any, ...]
    layers: bool

    @property
    def name(self) -> str:
        """ "step.option"."""
        return f"{self.step}.{self.option}"

    @property
    def whole(self) -> bool:
        """Whether it is a whole number."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def logarithmic(self) -> bool:
        """Whether its range is best seen by factors."""
        return bool(self.low is not None and self.high is not None and 0 < self.low * LOGARITHMIC <= self.high)

    def ladder(self) -> list[Any]:
        """A few of its values, from one end to the other."""
        if self.choices:
            return list(self.choices)
        assert self.low is not None and self.high is not None
        shares = [k / (SAMPLED - 1) for k in range(SAMPLED)]
        if self.logarithmic:
            values = [self.low * (self.high / self.low) ** s for s in shares]
        else:
            values = [self.low + (self.high - self.low) * s for s in shares]
        values[-1] = self.high
        return list(dict.fromkeys(map(round, values))) if self.whole else values


def read_space(where: str, tables: Any, steps: Sequence[Step]) -> tuple[Free, ...]:
    """What a recipe leaves to a search. Raises UsageError: steps, options, keys or values that are wrong."""
    if not isinstance(tables, Mapping):
        raise UsageError(f"{where} [search] is {shown(repr(tables))}, expected tables [search.STEP]")
    found = []
    for name, table in tables.items():
        step = step_named(steps, name, f"{where} [search]")
        if not isinstance(table, Mapping) or not table:
            raise UsageError(f"{where} [search.{name}] is {shown(repr(table))}, expected options with low and high")
        found += [_free(f"{where} [search.{name}]", step, option, given) for option, given in table.items()]
    return tuple(found)


def _free(where: str, step: Step, option: str, given: Any) -> Free:
    place = f"{where} {option}"
    if not isinstance(given, Mapping):
        raise UsageError(f"{place} is {shown(repr(given))}, expected {{ low = …, high = … }} or {{ choices = […] }}")
    check_names(given, KEYS, f"{place}:")
    low, high, choices = given.get("low"), given.get("high"), given.get("choices")
    ranged = all(isinstance(v, int | float) and not isinstance(v, bool) for v in (low, high))
    listed = isinstance(choices, Sequence) and not isinstance(choices, str) and len(choices) > 0
    ordered = low is None or high is None or not ranged or low < high
    if listed == ranged or not ordered or not isinstance(given.get("layers", False), bool):
        raise UsageError(f"{place}: expected low below high, or choices, and perhaps layers = true")
    free = Free(step.name, option, low, high, tuple(choices or ()), given.get("layers", False))
    for value in free.ladder():
        read_step(place, {"method": step.method, **step.given, option: {"*": value} if free.layers else value})
    return free
