"""Blocks that the emulator cut within straight code are whole again; where the program may jump they are not joined."""

from __future__ import annotations

import pytest

from lapel.simulate.cycles.blocks import whole_blocks
from lapel.simulate.profile import Interval, Span

HEAD, REST, LATER = (16, 32), (32, 40), (40, 50)


def joined(executions: dict[Span, int], jumps: dict[int, int], *leaving: Span) -> dict[Span, int]:
    interval = Interval(executions, jumps, 0, 0, 0, {}, {})
    return dict(whole_blocks(interval, lambda span: span in leaving).executions)


@pytest.mark.parametrize(
    ("executions", "whole"),
    [
        ({HEAD: 7, REST: 7}, {(16, 40): 7}),
        ({HEAD: 7, (24, 32): 5, REST: 12}, {(16, 40): 7, (24, 40): 5}),
        ({HEAD: 7, REST: 9}, {(16, 40): 7, REST: 2}),
        ({HEAD: 7, REST: 7, LATER: 7}, {(16, 50): 7}),
        ({HEAD: 7, (16, 40): 1, REST: 7}, {(16, 40): 8}),
    ],
    ids=["cut", "cut of two", "entered as well", "cut twice", "cut at times"],
)
def test_what_follows_in_straight_code_is_one_block(executions: dict[Span, int], whole: dict[Span, int]) -> None:
    assert joined(executions, {}) == whole


@pytest.mark.parametrize(
    ("executions", "jumps", "leaving"),
    [
        ({HEAD: 7, REST: 7}, {}, (HEAD,)),
        ({HEAD: 7, REST: 4}, {32: 3}, (HEAD,)),
        ({HEAD: 7, REST: 6}, {}, ()),
        ({HEAD: 7, REST: 8, (20, 32): -1}, {}, ()),
        ({HEAD: 7, REST: 3, (32, 36): 4}, {}, ()),
    ],
    ids=["a branch not taken", "a loop", "less behind", "a marker within", "two behind"],
)
def test_what_may_jump_or_is_not_sure_stays(
    executions: dict[Span, int], jumps: dict[int, int], leaving: tuple[Span, ...]
) -> None:
    assert joined(executions, jumps, *leaving) == executions
