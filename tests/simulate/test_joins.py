"""How often one block of instructions followed another, from the log of executions and jumps."""

from __future__ import annotations

from lapel.simulate.cycles import joins
from lapel.simulate.profile import Interval, Span
from lapel.targets.timetable import ZERO, Range


def passes(executions: dict[Span, int], jumps: dict[int, int], targets: dict[Span, int]) -> dict[joins.Pass, float]:
    """Counts by two blocks in a row."""
    unread = {"flash_reads": 0, "flash_read_bytes": 0, "flash_pieces": 0}
    interval = Interval(executions, jumps, **unread, extra_accesses={}, unaligned_accesses={})

    def count(wanted: joins.Pass) -> float:
        once = Range(1, 1, 1)
        return joins.more_cycles(interval, targets.get, lambda found: once if found == wanted else ZERO).nominal

    spans = list(executions)
    pairs = [(first, second, jumped) for first in spans for second in spans for jumped in (False, True)]
    return {pair: count(pair) for pair in pairs if count(pair)}


LOOP, BEHIND, APART = (16, 24), (24, 30), (64, 70)


def test_a_loop_follows_itself_and_then_what_is_behind() -> None:
    found = passes({LOOP: 10, BEHIND: 1}, {24: 9}, {LOOP: 16})
    assert found == {(LOOP, LOOP, True): 9, (LOOP, BEHIND, False): 1}


def test_after_a_jump_to_a_register_nothing_is_known() -> None:
    assert passes({LOOP: 4, APART: 4}, {24: 4}, {}) == {}


def test_a_jump_to_code_that_did_not_run_is_none() -> None:
    assert passes({LOOP: 4}, {24: 4}, {LOOP: 200}) == {}


def test_the_part_of_a_block_behind_a_marker_belongs_to_the_next_interval() -> None:
    """The block ran ten times, once only up to the marker at 20: nine times it went on to what is behind."""
    assert passes({LOOP: 10, (20, 24): -1, BEHIND: 9}, {}, {}) == {(LOOP, BEHIND, False): 9}


def test_of_blocks_with_one_end_the_most_frequent_stands_for_all() -> None:
    inner = (20, 24)
    assert passes({LOOP: 1, inner: 9, BEHIND: 10}, {}, {}) == {(inner, BEHIND, False): 10}
