"""Several models in one arena: as small as the largest, and what one keeps is nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from images import draw_image_net
from lapel.planning import make_plan
from lapel.planning.programs import make_program
from lapel.targets import load_target
from smallnets import draw_variant


@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m55", "atmega328p"])
def test_without_state_the_arena_is_that_of_the_largest(target: str) -> None:
    plans = [make_plan(g, load_target(target)) for g in (draw_image_net(3), draw_variant(0), draw_variant(11))]
    program = make_program("three", plans)
    assert program.arena_bytes == max(p.arena_bytes for p in plans) == max(program.alone_bytes)
    assert program.state_bytes == 0 and program.bound_bytes == max(p.bound_bytes for p in plans)
    for alone, placed in zip(plans, program.plans, strict=True):
        assert placed.arena_bytes == program.arena_bytes
        assert {n: p.offset for n, p in placed.placements.items()} == {n: p.offset for n, p in alone.placements.items()}
        assert "those of all models of the program" in str(placed)


def test_every_plan_is_verified() -> None:
    plans = [make_plan(draw_variant(seed), load_target("cortex-m4")) for seed in (0, 12)]
    first = next(iter(plans[0].placements))
    moved = replace(plans[0].placements[first], offset=-8)
    with pytest.raises(Exception, match="sticks out of the arena"):
        make_program("two", [replace(plans[0], placements={**plans[0].placements, first: moved}), plans[1]])
