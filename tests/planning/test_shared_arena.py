"""Several models in one arena: as small as the largest, and what one keeps is nobody else's."""

from __future__ import annotations

from dataclasses import replace

import pytest

from images import draw_image_net
from lapel.errors import InvalidGraph
from lapel.planning import make_plan
from lapel.planning.programs import make_program
from lapel.targets import load_target
from smallnets import draw_listener, draw_variant


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


@pytest.mark.parametrize("target", ["cortex-m4", "cortex-m55", "atmega328p"])
def test_what_a_model_keeps_is_nobody_elses(target: str) -> None:
    """Little more than the largest and all states: what a layer reads behind its state lies beside it."""
    graphs = [draw_listener(1, "one"), draw_variant(0), draw_listener(2, "two")]
    plans = [make_plan(g, load_target(target)) for g in graphs]
    program = make_program("three", plans)
    states = sum(g.state_bytes for g in graphs)
    assert program.state_bytes == states == 352
    largest = max(p.arena_bytes - p.graph.state_bytes for p in plans)
    assert program.bound_bytes <= program.arena_bytes <= 1.05 * (largest + states)
    one, two = program.plans[0], program.plans[2]
    moved = {p: replace(p, offset=p.offset + 8) for p in one.places()}
    shifted = replace(one, placements={n: moved[p] for n, p in one.placements.items()})
    with pytest.raises(InvalidGraph, match=r"three: \d+\.\.\d+ of (one|two) is where (one|two) keeps state"):
        replace(program, plans=(shifted, replace(two, placements=shifted.placements))).verify()


def test_every_plan_is_verified() -> None:
    plans = [make_plan(draw_variant(seed), load_target("cortex-m4")) for seed in (0, 12)]
    first = next(iter(plans[0].placements))
    moved = replace(plans[0].placements[first], offset=-8)
    with pytest.raises(Exception, match="sticks out of the arena"):
        make_program("two", [replace(plans[0], placements={**plans[0].placements, first: moved}), plans[1]])
