"""Energy: how long batteries last over how often the board infers, by `lapel.power`'s figures and their bounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lapel.errors import LapelError, shown
from lapel.power import energy
from lapel.records import Build, Energy, Run
from lapel.reports.axes import STYLES, Axis, Captions, frame
from lapel.reports.dossier import Dossier
from lapel.reports.numbers import Scale, days, duration
from lapel.reports.picture import Panel, Picture, Table
from lapel.reports.shapes import Drawing, Path, Shape, number, polyline
from lapel.reports.tiles import known_target

WIDTH, LEFT, RIGHT, TOP, BOTTOM = 960.0, 78.0, 860.0, 34.0, 330.0
RATES_HZ = tuple(round(10 ** (k / 4), 6) for k in range(-15, 13))
"""From once in two hours to a thousand times a second, four to a decade: as far as the core keeps up."""
LASTS = (
    (1 / 24, "1 hour"), (1.0, "1 day"), (7.0, "1 week"), (365.25 / 12, "1 month"), (365.25 / 2, "6 months"),
    (365.25, "1 year"), (3 * 365.25, "3 years"), (10 * 365.25, "10 years"),
)  # fmt: skip
"""Days, and what people call them."""
OFTEN = (
    (1 / 3600, "once an hour"), (1 / 60, "once a minute"), (0.1, "once in 10 s"), (1.0, "once a second"),
    (10.0, "10 a second"), (100.0, "100 a second"), (1000.0, "1000 a second"),
)  # fmt: skip
LONGEST_DAYS = 20 * 365.25


@dataclass(frozen=True)
class Life:
    """A battery's, in days, at each rate at which it is known. points: (rate, days, at least, at most)."""

    name: str
    points: tuple[tuple[float, float, float, float], ...]


def draw(dossiers: tuple[Dossier, ...]) -> Panel | None:
    """Of a board whose energy is known, by a build or run; or of one record of energy."""
    fw = dossiers[0].firmware
    record = dossiers[0].get(Build) or dossiers[0].get(Run)
    if fw is None or record is None or not _known(fw.target):
        return None
    found = [(rate, e) for rate in RATES_HZ if (e := _at(record, rate)) is not None]
    lives = _lives(found)
    if len(found) < 2 or not any(life.points for life in lives):
        return None
    y, x = _scales(found, lives)
    label = f"Life of batteries over inferences a second, {shown(fw.model)} on {fw.target}"
    drawing = Drawing(WIDTH, BOTTOM + 44, (*frame(x, y), *_curves(lives, x, y)), label)
    said = found[0][1]
    unknown = f" Not in it: {'; '.join(said.unknown)}." if said.unknown else ""
    note = (
        f"Bands: the bounds of every constant. None of it was measured by Lapel; `lapel energy` has sources.{unknown}"
    )
    legend = tuple((f"f-{STYLES[k % len(STYLES)]}", life.name) for k, life in enumerate(lives))
    return Panel(drawing, _finding(found), note, legend, (_table(found),))


PICTURE = Picture("energy", "Energy", 80, draw)


def _known(target: str) -> bool:
    board = known_target(target)
    return board is not None and board.clock_hz is not None and board.pj_per_cycle is not None


def _at(record: Build | Run, rate_hz: float) -> Energy | None:
    try:
        return energy(record, rate_hz=rate_hz)
    except LapelError:  # it cannot keep up at that rate, where the curves end
        return None


def _lives(found: list[tuple[float, Energy]]) -> list[Life]:
    names = [life.battery for life in found[0][1].lives]
    return [
        Life(name, tuple((r, d.value, d.low, d.high) for r, e in found for life in e.lives
                         if life.battery == name and (d := life.days) is not None))
        for name in names
    ]  # fmt: skip


def _scales(found: list[tuple[float, Energy]], lives: list[Life]) -> tuple[Axis, Axis]:
    lows = [p[2] for life in lives for p in life.points]
    highs = [min(p[3], LONGEST_DAYS) for life in lives for p in life.points]
    low, high = max(min(lows), 1 / 24), max(highs) * 1.1
    lasts = [(at, said) for at, said in LASTS if low <= at <= high]
    y = Axis(
        Scale(low, high, BOTTOM, TOP, log=True), "a battery lasts", dict(lasts).__getitem__, [at for at, _ in lasts]
    )
    rates = [(at, said) for at, said in OFTEN if found[0][0] <= at <= found[-1][0]]
    x_scale = Scale(found[0][0], found[-1][0], LEFT, RIGHT, log=True)
    return y, Axis(x_scale, "it infers →", dict(rates).__getitem__, [at for at, _ in rates])


def _curves(lives: list[Life], x: Axis, y: Axis) -> Iterator[Shape]:
    captions = Captions(LEFT, WIDTH, TOP - 8, BOTTOM + 4)
    for k, life in enumerate(lives):
        style = STYLES[k % len(STYLES)]
        if not life.points:
            continue
        upper = [(x.scale(r), y.scale(high)) for r, _, _, high in life.points]
        lower = [(x.scale(r), y.scale(low)) for r, _, low, _ in reversed(life.points)]
        outline = "M" + "L".join(f"{number(a)} {number(b)}" for a, b in (*upper, *lower)) + "Z"
        yield Path(outline, f"f-{style} f-faint s-none", f"{life.name}: bounds")
    for k, life in enumerate(lives):
        style = STYLES[k % len(STYLES)]
        if life.points:
            curve = [(x.scale(r), y.scale(d)) for r, d, _, _ in life.points]
            yield polyline(curve, f"s-{style} s-thick", life.name)
            yield from captions.place(*curve[-1], life.name, f"t-small t-{style}")


def _finding(found: list[tuple[float, Energy]]) -> str:
    rate, e = min(found, key=lambda item: abs(item[0] - 1))
    lasting = [(life.days.value, life.description or life.battery) for life in e.lives if life.days is not None]
    time = "" if e.time_us is None else f" of {duration(e.time_us.value)}"
    said = f"With {rate:g} inference{'s' if rate != 1 else ''}{time} a second it takes {e.power_uw.value:,.0f} µW"
    said += f" ({e.power_uw.low:,.0f} to {e.power_uw.high:,.0f})"
    if not lasting:
        return f"{said}."
    best, battery = max(lasting)
    return f"{said}; {battery}: {'at most ' if e.unknown else ''}{days(best)}."


def _table(found: list[tuple[float, Energy]]) -> Table:
    names = [life.battery for life in found[0][1].lives]
    rows = []
    for rate, e in found[::4]:
        lives = {life.battery: life.days for life in e.lives}
        told = (
            "not known" if (d := lives[n]) is None else f"{days(d.value)} ({days(d.low)} to {days(d.high)})"
            for n in names
        )
        duty = "" if e.duty is None else f"{100 * e.duty.value:.3g} %"
        rows.append((f"{rate:g}", duty, f"{e.power_uw.value:,.1f}", *told))
    return Table(("inferences a second", "duty", "power, µW", *names), tuple(rows), "Power and lives as figures")
