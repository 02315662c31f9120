"""What the figures of a ladder say in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lapel.ladder.judgement import beyond, dear, lost, no_gain
from lapel.planning import slowness
from lapel.records import Budgets, Judged, Memory, Rung, RungFirmware, Score
from lapel.wish import Wish

BUILT = "as it was built"


def rung(share: float | None, flash: int = 1000, ram: int = 100, cycles: int | None = 5000) -> Rung:
    core = Judged(50, Score(accuracy=share))
    memory = Memory(ram, ram, ram, 0, 0, flash, 0)
    firmware = RungFirmware(core, memory, 4000, cycles, "modelled" if cycles else None, None, ())
    return Rung("s", "m", {}, "k", "k", None, "", "integer", Wish(), None, core, None if share is None else firmware)


def test_a_step_that_saves_nothing() -> None:
    before = rung(0.9)
    assert (
        no_gain(before, rung(0.9, cycles=4999), "m4") == "by itself it saves nothing on m4: flash +0, RAM +0, cycles -1"
    )
    assert no_gain(before, rung(0.9, flash=900, cycles=9000), "m4") == ""
    assert no_gain(before, rung(None), "m4") == "" and no_gain(rung(None), before, "m4") == ""


def test_a_step_that_costs_much() -> None:
    before = rung(0.9)
    said = "it takes 2.0 times the RAM, 200 instead of 100; 3.0 times the cycles, 15,000 instead of 5,000"
    assert dear(before, rung(0.9, 500, 200, 15000)) == said
    assert dear(before, rung(0.9, 500, 119, 6000)) == dear(before, rung(None)) == ""
    assert "1.5 times the instructions, 4,000 instead of" not in dear(rung(0.9, cycles=None), rung(0.9, cycles=None))


def test_time_of_which_the_plan_has_told_is_not_told_again() -> None:
    after = rung(0.9, 500, 200, 15000)
    assert after.firmware is not None
    told = replace(after, firmware=replace(after.firmware, warnings=(f"{slowness.CODED}: kernels take 3.0 times",)))
    assert dear(rung(0.9), told) == "it takes 2.0 times the RAM, 200 instead of 100"
    other = replace(after, firmware=replace(after.firmware, warnings=("something else",)))
    assert "3.0 times the cycles" in dear(rung(0.9), other)


def test_accuracy_that_is_lost() -> None:
    first, worse, same = rung(0.95), rung(0.93), rung(0.945)
    said = "2.00 points are lost: 93.00 % instead of 95.00 % of the first network"
    assert lost(first, first, worse, last=False) == said
    assert lost(first, first, same, last=True) == ""
    assert lost(first, worse, worse, last=False) == "" and lost(first, worse, worse, last=True) == said
    unknown = replace(rung(0.9), reference=None, firmware=None)
    assert lost(first, unknown, worse, last=False) == said and lost(unknown, first, worse, last=False) == ""


@pytest.mark.parametrize(
    ("budgets", "said"),
    [
        (Budgets(flash_bytes=1000, ram_bytes=100, cycles=5000, accuracy=0.9), []),
        (Budgets(flash_bytes=999), ["flash is 1,000 as it was built, 999 are allowed"]),
        (Budgets(ram_bytes=50), [f"RAM is 100 {BUILT}, 50 are allowed"]),
        (Budgets(cycles=10), [f"cycles is 5,000 {BUILT}, 10 are allowed"]),
        (Budgets(accuracy=0.95), ["90.00 % of the test samples, 95.00 % are asked for"]),
    ],
)  # fmt: skip
def test_budgets_and_the_firmware(budgets: Budgets, said: list[str]) -> None:
    assert beyond(rung(0.9), budgets) == said
