"""Numbers as pictures write them, and scales: numbers -> pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

KIB = 1024
_SI = ((1e9, "G"), (1e6, "M"), (1e3, "k"))


def whole(value: float) -> str:
    """With thousands separators."""
    return f"{round(value):,}"


def size(count: float) -> str:
    """Bytes: round ones in KiB or MiB, and others exactly up to 10 KB."""
    if count >= KIB and count % KIB == 0:
        return round_size(count)
    if count < 10_000:
        return f"{round(count):,} B"
    return f"{count / KIB:,.1f} KiB" if count < 10_000 * KIB else f"{count / KIB**2:,.1f} MiB"


def round_size(count: float) -> str:
    """Bytes at a tick of an axis: a round number of the largest unit."""
    for unit, name in ((KIB**2, "MiB"), (KIB, "KiB")):
        if count >= unit and (unit == KIB or count % KIB**2 == 0):
            return f"{count / unit:,g} {name}"
    return f"{count:g} B" if count else "0"


def short(value: float) -> str:
    """Three digits and a letter for thousands, millions and so on."""
    for unit, letter in _SI:
        if abs(value) >= unit:
            return f"{value / unit:.3g} {letter}"
    return f"{value:.3g}"


def percent(share: float) -> str:
    """A share of one, to a tenth of a percent."""
    return f"{100 * share:.1f} %" if share < 0.9995 else "100 %"


def duration(us: float) -> str:
    """Microseconds in the unit that suits them."""
    if us < 1000:
        return f"{us:.3g} µs"
    return f"{us / 1000:.3g} ms" if us < 1e6 else f"{us / 1e6:.3g} s"


def days(count: float) -> str:
    """A time in hours, days or years."""
    if math.isinf(count):
        return "for ever"
    if count < 2:
        return f"{24 * count:.3g} h"
    return f"{count:.3g} days" if count < 730 else f"{count / 365.25:.3g} years"


@dataclass(frozen=True)
class Scale:
    """Numbers from `low` to `high` -> pixels from `start` to `end`; logarithmic if `log`."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def __call__(self, value: float) -> float:
        low, high, at = self.low, self.high, value
        if self.log:
            low, high, at = math.log(low), math.log(high), math.log(max(value, low))
        share = (at - low) / (high - low) if high > low else 0.0
        return self.start + min(1.0, max(0.0, share)) * (self.end - self.start)


def ticks(high: float, count: int, binary: bool = False) -> list[float]:
    """Round numbers from 0 to at most `high`, some `count` of them; binary: powers of two times 1 or 3."""
    if high <= 0:
        return [0.0]
    if binary:
        step = 2.0 ** math.ceil(math.log2(max(high / count, 1)))
    else:
        rough = high / count
        base = 10.0 ** math.floor(math.log10(rough))
        step = next(m * base for m in (1, 2, 2.5, 5, 10) if m * base >= rough * (1 - 1e-9))
    return [k * step for k in range(int(high / step + 1e-9) + 1)]


def decades(low: float, high: float, most: int = 12) -> list[float]:
    """Ticks of a logarithmic axis: 1, 2 and 5 of each decade, or fewer where there are many."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for steps in ((1, 2, 5), (1, 3), (1,)):
        found = [m * 10.0**d for d in range(first, last + 1) for m in steps if low <= m * 10.0**d <= high]
        if len(found) <= most:
            return found
    return found


def median(values: Sequence[float]) -> float:
    """The one in the middle; the upper one of two."""
    return sorted(values)[len(values) // 2]
