"""Wait states of the flash, by hand, on made-up intervals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lapel.simulate.cycles.flash import wait_cycles
from lapel.simulate.profile import Interval
from lapel.targets import load_target
from lapel.targets.timetable import Range

# 24 bytes of code (10 cycles a pass), 100 passes, 99 jumps back to its start; 60 reads of constants, 90 bytes.
SPAN = (0x400, 0x418)
LOOP = Interval({SPAN: 100}, {SPAN[1]: 99}, 60, 90, {})
SPANS = {SPAN: Range(8, 10, 12)}
TARGETS = {SPAN[1]: SPAN[0]}


@pytest.mark.parametrize(
    ("accelerator", "waits", "line", "cache", "want"),
    [
        ("none", None, None, None, (0, 0, 0)),
        ("none", 0, 8, None, (0, 0, 0)),
        # Lines: 3, so 2 after the first a pass; each jump waits for its line, each read waits.
        ("none", 2, 8, None, (2 * 2 * 100 + 99 * 2 + 120,) * 3),
        # 2 lines take 6 cycles, and are there when the code, 8 cycles at least, is through.
        ("prefetch", 2, 8, None, (99 * 2 + 120,) * 3),
        # 2 lines take 12 cycles: 0, 2 or 4 late.
        ("prefetch", 5, 8, None, (99 * 5 + 300, 200 + 99 * 5 + 300, 400 + 99 * 5 + 300)),
        # The 3 lines are read once; of the constants 90 / 8 lines, or 90 / 4 words.
        ("cache", 5, 8, 24, (0, 3 * 5 + 5 * 90 / 8, 3 * 5 + 5 * 90 / 4)),
        # Not all of it stays, and the jump is longer than the cache.
        ("cache", 5, 8, 16, (0, 15 + 99 * 5 + 5 * 90 / 8, 15 + 400 + 99 * 5 + 5 * 90 / 4)),
    ],
)
def test_waits(accelerator: str, waits: int | None, line: int | None, cache: int | None, want: tuple) -> None:
    target = replace(
        load_target("cortex-m4"),
        flash_wait_states=waits,
        flash_line_bytes=line,
        flash_accelerator=accelerator,
        flash_cache_bytes=cache,
    )
    found = wait_cycles(target, LOOP, SPANS, TARGETS)
    assert (found.low, found.nominal, found.high) == pytest.approx(want)


def test_a_short_loop_stays_in_a_cache_that_the_code_is_too_large_for() -> None:
    other = (0x800, 0x880)  # 16 lines of 8 bytes, 20 cycles; with the loop's 3 lines more than the cache's 8
    interval = Interval({SPAN: 99, (0x3F8, SPAN[1]): 1, other: 1}, {SPAN[1]: 99, other[1]: 1}, 0, 0, {})
    spans = {**SPANS, (0x3F8, SPAN[1]): Range(12, 12, 12), other: Range(20, 20, 20)}
    target = replace(
        load_target("cortex-m4"),
        flash_wait_states=5,
        flash_line_bytes=8,
        flash_accelerator="cache",
        flash_cache_bytes=64,
    )
    found = wait_cycles(target, interval, spans, TARGETS)
    cold = (4 + 16) * 5
    # The loop is entered once: its 3 lines; before it 3 lines that take 18, less 12; the other code's 15 take 90,
    # less 20; and the jump at its end.
    assert (found.low, found.nominal, found.high) == (0, cold, cold + 3 * 5 + (18 - 12) + (90 - 20) + 5)
