"""simavr without its cross-check says the same, and counts the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lapel.ops import registry
from lapel.proving import run
from lapel.targets import load_target


def test_equals_the_cross_checked_run() -> None:
    graph = registry()["project"].cases()[1].draw(np.random.default_rng(3))
    target = load_target("atmega328p")
    alone = replace(target, emulator=replace(target.emulator, kind="simavralone"))
    a, b = run(graph, target), run(graph, alone)
    assert b.bit_exact and b.cycles == a.cycles
