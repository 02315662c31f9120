"""`Energy`: what a model's inferences cost, an hour after the other, and how long batteries last by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lapel.records.brief import brief, warning_parts
from lapel.records.document import Record

Verdict = Literal["below", "above", "open"]
"""Whether a power is below a limit: "open" where its bounds, or what is unknown, leave that open."""


@dataclass(frozen=True)
class Bounded:
    """A figure of something that is not below 0, and the bounds between which the truth is taken to be."""

    value: float
    low: float
    high: float

    @classmethod
    def exactly(cls, value: float) -> Bounded:
        """A figure without an error."""
        return cls(value, value, value)

    def __add__(self, other: Bounded) -> Bounded:
        return Bounded(self.value + other.value, self.low + other.low, self.high + other.high)

    def __mul__(self, other: Bounded | float) -> Bounded:
        by = other if isinstance(other, Bounded) else Bounded.exactly(other)
        return Bounded(self.value * by.value, self.low * by.low, self.high * by.high)

    def over(self, other: Bounded) -> Bounded:
        """The quotient; of a divisor that may be 0, raises ZeroDivisionError."""
        return Bounded(self.value / other.value, self.low / other.high, self.high / other.low)


@dataclass(frozen=True)
class Constant:
    """A fact that somebody else found out: where it stands, and how far the truth may be from it.

    name: its key in the .toml of a board, battery, microphone or radio. of: that file's name. unit: as the name ends.
    """

    of: str
    name: str
    figure: Bounded
    source: str


@dataclass(frozen=True)
class PowerPart:
    """What one thing takes of the average power, in uW. how: from which figures."""

    name: str
    power_uw: Bounded
    how: str


@dataclass(frozen=True)
class Life:
    """How long a battery lasts, at most where not all of the power is known.

    energy_wh: what it gives at this load. year_uw: average power with which it lasts a year. peak_ma: current while the
    core computes, or the radio sends. days: None where nobody knows what it gives at such a current. shelf_limited: it
    is too old before it is empty. notices: what that rests on, a sentence each.
    """

    battery: str
    description: str
    energy_wh: Bounded
    year_uw: float
    peak_ma: Bounded | None
    days: Bounded | None
    shelf_limited: bool
    notices: tuple[str, ...]


@dataclass(frozen=True)
class Sending:
    """Sending what is computed upon, instead: by a radio, all the time.

    power_uw: of the radio alone; None where it cannot carry that many bytes. times: that power over what computing and
    all that belongs to it takes, microphone and other parts apart; None where one of both is not known.
    """

    radio: str
    description: str
    bytes_per_s: float
    most_bytes_per_s: float
    power_uw: Bounded | None
    times: Bounded | None


@dataclass(frozen=True, repr=False)
class Energy(Record):
    """Average power of a board that infers again and again, and what follows of it.

    rate_hz: inferences a second. cycles: of one, counted or modelled; None where neither is known. time_us: of one, at
    the board's clock. duty: share of the time in which it computes. energy_uj: of one inference. parts: of the average
    power; power_uw: their sum, without what is in `unknown`, a sentence each. verdict: on limit_uw; reason: why it
    is open, if it is; needed: what would have to change to stay below it, or how much room there is. constants: what
    all of it rests on.
    """

    model: str
    target: str
    core: str
    rate_hz: float
    cycles: Bounded | None
    cycles_are: Literal["counted", "modelled", "not known"]
    time_us: Bounded | None
    duty: Bounded | None
    energy_uj: Bounded | None
    parts: tuple[PowerPart, ...]
    power_uw: Bounded
    unknown: tuple[str, ...]
    limit_uw: float
    verdict: Verdict
    needed: str
    lives: tuple[Life, ...]
    sendings: tuple[Sending, ...]
    constants: tuple[Constant, ...]
    warnings: tuple[str, ...] = ()
    reason: str = ""

    def __repr__(self) -> str:
        parts = [f"{self.power_uw.value:,.0f} uW", f"{self.verdict} {self.limit_uw:,.0f} uW"]
        return brief("Energy", self.model, self.target, [*parts, *warning_parts(self.warnings)])
