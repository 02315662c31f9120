"""Wait states of the flash, by hand, on made-up intervals; and totals that were published."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lapel.simulate.cycles.flash import lateness, wait_cycles
from lapel.simulate.profile import Interval
from lapel.targets import Target, load_target
from lapel.targets.timetable import Range

# 24 bytes of code in 3 lines of 8 (3, 4 and 3 cycles a pass, perhaps one more or less each), 100 passes, 99 jumps back
# to its start; 60 reads of constants, 90 bytes of 10 different pieces of 8.
SPAN = (0x400, 0x418)
LINES = [Range(2, 3, 4), Range(3, 4, 5), Range(2, 3, 4)]
LOOP = Interval({SPAN: 100}, {SPAN[1]: 99}, 60, 90, 10, {}, {})
TARGETS = {SPAN[1]: SPAN[0]}


def flash(accelerator: str, waits: int | None, line: int | None, cache: int | None, data: int | None = None) -> Target:
    return replace(
        load_target("cortex-m4"),
        flash_wait_states=waits,
        flash_line_bytes=line,
        flash_accelerator=accelerator,
        flash_cache_bytes=cache,
        flash_data_cache_bytes=data,
    )


@pytest.mark.parametrize(
    ("target", "want"),
    [
        (flash("none", None, None, None), (0, 0, 0)),
        (flash("none", 0, 8, None), (0, 0, 0)),
        # Lines: 3, so 2 after the first a pass; each jump waits for its line, each read waits.
        (flash("none", 2, 8, None), (2 * 2 * 100 + 99 * 2 + 120,) * 3),
        # A read takes 3 cycles, 3.25 or 4: the first two lines take 3 and 4, or 2 and 3 at least.
        (flash("prefetch", 2, 8, None), (99 * 2 + 120, 25 + 99 * 2 + 120, 300 + 99 * 2 + 120)),
        # It takes 6, 6.25 or 7: late by 2 and 1, 3.25 and 2.25, 5 and 4.
        (flash("prefetch", 5, 8, None), (300 + 99 * 5 + 300, 550 + 99 * 5 + 300, 900 + 99 * 5 + 300)),
        # The 3 lines are read once, the second and third while others are executed; of the constants 90 / 8 lines, or
        # 90 / 4 words.
        (flash("cache", 5, 8, 24), (0, 5 + 3.25 + 2.25 + 5 * 90 / 8, 3 * 5 + 5 * 90 / 4)),
        # Or each of their 10 pieces once, if they stay in the cache.
        (flash("cache", 5, 8, 24, 80), (0, 5 + 3.25 + 2.25 + 5 * 10, 3 * 5 + 5 * 90 / 4)),
        (flash("cache", 5, 8, 24, 79), (0, 5 + 3.25 + 2.25 + 5 * 90 / 8, 3 * 5 + 5 * 90 / 4)),
        (flash("cache", 5, 16, 32, 80), (0, 5 + 3.25 + 5 * 10 * 8 / 16, 2 * 5 + 5 * 90 / 4)),
        # Not all of it stays: each pass waits like one with prefetch.
        (flash("cache", 5, 8, 16), (0, 550 + 99 * 5 + 5 * 90 / 8, 15 + 900 + 99 * 5 + 5 * 90 / 4)),
    ],
)
def test_waits(target: Target, want: tuple[float, float, float]) -> None:
    lines = LINES if target.flash_line_bytes != 16 else [Range(2, 3, 4), Range(5, 7, 9)]
    found = wait_cycles(target, LOOP, lambda span: lines, TARGETS)
    assert (found.low, found.nominal, found.high) == pytest.approx(want)


def test_a_short_loop_stays_in_a_cache_that_the_code_is_too_large_for() -> None:
    before, other = (0x3F8, SPAN[1]), (0x800, 0x880)  # 4 lines, and 16 of 2 cycles; with the loop's 3 more than 8
    interval = Interval({SPAN: 99, before: 1, other: 1}, {SPAN[1]: 99, other[1]: 1}, 0, 0, 0, {}, {})
    lines = {SPAN: LINES, before: [Range(3, 3, 3), *LINES], other: [Range(2, 2, 2)] * 16}
    found = wait_cycles(flash("cache", 5, 8, 64), interval, lines.__getitem__, TARGETS)
    # The loop is entered once: its 3 lines, the second and third on the way; before it a line of 3 cycles, and these;
    # the other code's 15 lines late by 6.25 or 7 less 2, and the jump at its end.
    nominal = (5 + 3.25 + 2.25) + (3.25 + 3.25 + 2.25) + 15 * 4.25 + 5
    worst = 3 * 5 + (4 + 5 + 4) + 15 * 5 + 5
    assert (found.low, found.nominal, found.high) == (0, nominal, (4 + 16) * 5 + worst)


@pytest.mark.parametrize(
    ("waits", "line", "before", "waiting", "cycles"),
    [
        # AES-128 encryption, unrolled, 1,978 bytes of code; cycles at no wait states and with (an STM32F103 at 2, an
        # STM32F407 at 5 and 7, whose cache of 1 KB the code does not fit into).
        (2, 8, 603, 836, 247),
        (5, 16, 602, 779, 124),
        (7, 16, 604, 1029, 124),
    ],
)
def test_published_totals_are_within_the_bounds(waits: int, line: int, before: int, waiting: int, cycles: int) -> None:
    """github.com/jnk0le/cortexm-AES, doc/aes/CM3_CM4_details.md; at 7 an older README.md.

    Their code is not here: what is compared is a line of its mean length, within a cycle, `cycles` lines long.
    """
    mean = before / cycles
    late = lateness(waits, Range(mean - 1, mean, mean + 1)).times(cycles)
    assert before + late.low <= waiting <= before + late.high
    assert waiting == pytest.approx(before + late.nominal, rel=0.05)
