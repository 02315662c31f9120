"""How long batteries last by an average power and a peak current."""

from __future__ import annotations

import math

from lapel.power.parts import Part
from lapel.records import Bounded, Life

HOURS_A_YEAR = 365.25 * 24


def life_of(battery: Part, power_uw: Bounded, peak_uw: Bounded | None) -> Life:
    """How long a battery lasts. peak_uw: the most that is taken at once, None where it is not known.

    Self-discharge is a power that is taken all the time, a share of the full battery's energy a year.
    """
    peak_ma = None if peak_uw is None else peak_uw.over(Bounded.exactly(1000 * battery["voltage_v"].value))
    notices = []
    energy: Bounded | None = battery["energy_wh"]
    if peak_ma is None:
        notices.append("what current it has to give at once is not known")
    elif peak_ma.value > battery["most_ma"].value:
        energy = None
        notices.append(_too_much(battery, peak_ma))
    elif peak_ma.value > battery["pulse_ma"].value:
        energy = battery["energy_wh"] * battery["pulsed_share"]
        notices.append(_pulsed(battery, peak_ma))
    lost_uw = battery["energy_wh"] * battery["self_discharge_percent"] * (1e6 / 100 / HOURS_A_YEAR)
    whole = battery["energy_wh"] if energy is None else energy
    year_uw = max(0.0, whole.value * 1e6 / HOURS_A_YEAR - lost_uw.value)
    empty = None if energy is None else _spent(energy * (1e6 / 24), power_uw + lost_uw)
    old = battery["shelf_years"] * 365.25
    days = None if empty is None else Bounded(*map(min, _bounds(empty), _bounds(old)))
    return Life(
        battery=battery.name,
        description=battery.description,
        energy_wh=whole,
        year_uw=year_uw,
        peak_ma=peak_ma,
        days=days,
        shelf_limited=empty is not None and empty.value > old.value,
        notices=tuple(notices),
    )


def _spent(energy_uw_days: Bounded, power_uw: Bounded) -> Bounded:
    """The quotient; for ever, by a power of nothing."""

    def over(energy: float, power: float) -> float:
        return energy / power if power else math.inf

    e, p = energy_uw_days, power_uw
    return Bounded(over(e.value, p.value), over(e.low, p.high), over(e.high, p.low))


def _bounds(figure: Bounded) -> tuple[float, float, float]:
    return figure.value, figure.low, figure.high


def _too_much(battery: Part, peak_ma: Bounded) -> str:
    most = battery["most_ma"].value
    return (
        f"{peak_ma.value:.1f} mA at once are more than the {most:g} mA up to which it is known what it gives: "
        "a lower clock, a converter with a capacitor, or another battery"
    )


def _pulsed(battery: Part, peak_ma: Bounded) -> str:
    share, pulse = battery["pulsed_share"], battery["pulse_ma"].value
    return (
        f"{peak_ma.value:.1f} mA at once are more than its {pulse:g} mA: it gives {share.value:.0%} "
        f"({share.low:.0%} to {share.high:.0%}) of its energy; a capacitor beside it helps"
    )
