"""How long batteries last: against products by hand, and where currents are too large."""

from __future__ import annotations

import pytest

from lapel.power import load_part
from lapel.power.budget import judge
from lapel.power.lives import HOURS_A_YEAR, life_of
from lapel.records import Bounded

SMALL = Bounded(3000.0, 3000.0, 3000.0)
"""1 mA from a coin cell."""


def test_a_milliwatt_from_a_coin_cell_lasts_28_days() -> None:
    life = life_of(load_part("batteries", "cr2032"), Bounded.exactly(1000), SMALL)
    assert life.days is not None and life.days.value == pytest.approx(28, abs=0.2)
    assert life.days.low < 27 and life.days.high > 28 and not life.shelf_limited and not life.notices
    assert life.peak_ma == Bounded(1, 1, 1)


def test_the_power_for_a_year() -> None:
    """77 uW, of which its self-discharge takes 1 %."""
    cell = load_part("batteries", "cr2032")
    life = life_of(cell, Bounded.exactly(10), SMALL)
    assert life.year_uw == pytest.approx(0.675e6 / HOURS_A_YEAR * 0.99)
    again = life_of(cell, Bounded.exactly(life.year_uw), SMALL)
    assert again.days is not None and again.days.value == pytest.approx(365.25)


def test_nothing_lasts_longer_than_it_keeps() -> None:
    life = life_of(load_part("batteries", "cr2032"), Bounded.exactly(0.1), SMALL)
    assert life.shelf_limited and life.days == Bounded(10 * 365.25, 8 * 365.25, 10 * 365.25)


def test_self_discharge_empties_a_lipo_by_itself() -> None:
    """36 % a year of 1.85 Wh are 76 uW, so at 76 uW it lasts half as long as those say."""
    lost = 1.85e6 * 0.36 / HOURS_A_YEAR
    life = life_of(load_part("batteries", "lipo"), Bounded.exactly(lost), SMALL)
    assert life.days is not None and life.days.value == pytest.approx(min(365.25 / 0.72, 3 * 365.25))


def test_pulses_cost_capacity() -> None:
    cell = load_part("batteries", "cr2032")
    calm, pulsed = (life_of(cell, Bounded.exactly(500), Bounded.exactly(ma * 3000)) for ma in (14, 25))
    assert calm.days is not None and pulsed.days is not None
    assert pulsed.days.value == pytest.approx(calm.days.value * 0.91, rel=0.01)
    assert pulsed.days.low == pytest.approx(calm.days.low * 0.5, rel=0.01)
    assert pulsed.notices == (
        "25.0 mA at once are more than its 15 mA: it gives 91% (50% to 100%) of its energy; "
        "a capacitor beside it helps",
    )


def test_more_than_anybody_tried() -> None:
    life = life_of(load_part("batteries", "cr2032"), Bounded.exactly(500), Bounded.exactly(125_000))
    assert life.days is None
    assert life.notices[0].startswith(
        "41.7 mA at once are more than the 30 mA up to which it is known what it gives: a l"
    )


def test_a_peak_that_nobody_knows() -> None:
    life = life_of(load_part("batteries", "cr2032"), Bounded.exactly(500), None)
    assert life.days is not None and life.notices == ("what current it has to give at once is not known",)


@pytest.mark.parametrize(
    ("power", "unknown", "verdict"),
    [
        (Bounded(500, 400, 999), [], "below"),
        (Bounded(500, 400, 1000), [], "open"),
        (Bounded(500, 400, 600), ["sleeping"], "open"),
        (Bounded(1500, 1000, 2000), [], "above"),
        (Bounded(1500, 999, 2000), [], "open"),
        (Bounded(1500, 1200, 2000), ["sleeping"], "above"),
    ],
)
def test_the_verdict(power: Bounded, unknown: list[str], verdict: str) -> None:
    assert judge(power, unknown, 1000) == verdict
