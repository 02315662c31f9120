"""What front ends cost a hop of 20 ms, on the cores that they are for."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from lapel.audio import frontend

HOPS = 6
MODES = {"micro": {"hop_ms": 20.0}, "mfcc": {"peak": 32768}, "lfbe": {"peak": 32768}}
BUDGETS = {
    ("micro", "cortex-m4"): (32_500, 5_700, 3_000),
    ("micro", "cortex-m55"): (11_950, 6_144, 3_000),
    ("mfcc", "cortex-m4"): (52_700, 7_600, 3_400),
    ("mfcc", "cortex-m55"): (19_400, 10_200, 3_600),
    ("lfbe", "cortex-m4"): (44_500, 6_100, 3_400),
    ("lfbe", "cortex-m55"): (16_300, 8_800, 3_600),
}
"""Instructions; bytes of code and tables; bytes of the arena with state, other variables and the stack. Kernels for
Helium are larger, and have tables in the order in which they read them, unless a budget forbids it."""
WISHES = {("micro", "cortex-m4"): lapel.Wish("balanced"), ("micro", "cortex-m55"): lapel.Wish(flash_budget=6144)}


@pytest.mark.parametrize(("mode", "core"), BUDGETS)
def test_a_hop_of_20_ms(mode: str, core: str) -> None:
    graph = frontend.streaming(frontend.make(mode, **MODES[mode]))
    (samples,) = (graph.tensors[name] for name in graph.arguments)
    noise = np.random.default_rng(0).normal(size=(HOPS, *samples.type.shape)) * 10.0 ** np.arange(HOPS)[:, None]
    given = {samples.name: np.clip(noise, -(2**15), 2**15 - 1).astype(np.int16)}
    result = lapel.run(graph, core, given, wish=WISHES.get((mode, core), lapel.Wish()))
    memory = result.memory
    most_instructions, most_flash, most_ram = BUDGETS[mode, core]
    assert result.bit_exact
    assert result.instructions is not None and result.instructions <= most_instructions
    assert memory.flash_code_bytes + memory.flash_data_bytes <= most_flash
    assert memory.arena_used_bytes + memory.static_ram_bytes + memory.stack_bytes <= most_ram
