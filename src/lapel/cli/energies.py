"""`Energy` as text: parts of the power, the verdict, batteries, and sending everything instead."""

from __future__ import annotations

from collections.abc import Iterable

from lapel.cli.grid import Column
from lapel.cli.screen import number, print_table, say, say_lines, say_warning
from lapel.records import Bounded, Energy, Life, Sending

DAYS_A_YEAR = 365.25
MANY_DAYS = 800
"""From here on lives are said in years."""


def print_energy(found: Energy) -> None:
    """All of it, but for the constants."""
    say(f"{found.model} on {found.target}: {_rate(found.rate_hz)}")
    if found.time_us is not None and found.duty is not None:
        time, duty = found.time_us, found.duty
        say(
            f"an inference takes {time.value / 1000:,.3f} ms ({found.cycles_are}), duty {duty.value:.2%} "
            f"({duty.low:.2%} to {duty.high:.2%})" + _each(found.energy_uj)
        )
    say("")
    digits = _digits([found.power_uw.value])
    rows = [[p.name, *_figures(p.power_uw, digits), p.how] for p in found.parts]
    columns = [Column("average power", "name"), Column("uW"), Column("from"), Column("to"), Column("", "prose", 1)]
    total = ["all that is known", *_figures(found.power_uw, digits), ""]
    print_table("", columns, rows, total=total)
    for what in found.unknown:
        say_lines(f"not in it: {what}")
    say_lines(_verdict(found))
    say_lines(found.needed)
    say("")
    _print_lives(found.lives)
    if found.unknown and found.lives:
        say("so long at most, since not all of the power is known")
        say("")
    _print_sendings(found.sendings)
    for warning in found.warnings:
        say_warning(warning)
    said = len(found.constants)
    say(f"{said} constants, each with its source and bounds: --json")


def _rate(rate_hz: float) -> str:
    if rate_hz == 1:
        return "an inference a second"
    if rate_hz > 1:
        return f"{rate_hz:g} inferences a second"
    return f"an inference in {1 / rate_hz:,.3g} s"


def _each(energy_uj: Bounded | None) -> str:
    return "" if energy_uj is None else f", {energy_uj.value:,.3g} uJ"


def _digits(values: Iterable[float]) -> int:
    """Behind the point, the same in a whole table, by its greatest figure."""
    greatest = max(values, default=0.0)
    return 0 if greatest >= 1000 else 1 if greatest >= 10 else 3


def _figures(figure: Bounded, digits: int) -> list[str]:
    return [number(x, digits) for x in (figure.value, figure.low, figure.high)]


def _verdict(found: Energy) -> str:
    limit = f"{found.limit_uw / 1000:g} mW"
    return f"{found.verdict} {limit}" if found.verdict != "open" else f"below or above {limit}: open, {found.reason}"


def _print_lives(lives: tuple[Life, ...]) -> None:
    if not lives:
        return
    columns = [Column("battery", "name"), Column("lasts"), Column("from"), Column("to"), Column("Wh", spare=2)]
    columns += [Column("mA at once", spare=1), Column("uW for a year")]
    rows = []
    for life in lives:
        days = ["-"] * 3 if life.days is None else list(map(_span, (life.days.value, life.days.low, life.days.high)))
        peak = None if life.peak_ma is None else life.peak_ma.value
        rows.append([life.battery, *days, number(life.energy_wh.value, 2), number(peak, 1), number(life.year_uw)])
    print_table("", columns, rows)
    for life in lives:
        for notice in life.notices:
            say_lines(f"{life.battery}: {notice}")
        if life.shelf_limited:
            say_lines(f"{life.battery}: would last longer than it keeps: as long as it keeps")


def _span(days: float) -> str:
    if days < 2:
        return f"{days * 24:,.1f} hours"
    return f"{days:,.0f} days" if days < MANY_DAYS else f"{days / DAYS_A_YEAR:,.1f} years"


def _print_sendings(sendings: tuple[Sending, ...]) -> None:
    if not sendings:
        return
    columns = [Column(f"sending {sendings[0].bytes_per_s:,.0f} bytes/s instead", "name")]
    columns += [Column("uW"), Column("from"), Column("to"), Column("times computing")]
    rows, cannot = [], []
    digits = _digits(s.power_uw.value for s in sendings if s.power_uw is not None)
    for s in sendings:
        figures = ["-"] * 3 if s.power_uw is None else _figures(s.power_uw, digits)
        rows.append([s.radio, *figures, "-" if s.times is None else f"{s.times.value:,.1f}"])
        if s.power_uw is None:
            cannot.append(f"{s.radio} cannot carry that: {s.most_bytes_per_s:,.0f} bytes/s at most")
    print_table("", columns, rows)
    for line in cannot:
        say(line)
