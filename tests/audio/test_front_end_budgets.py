"""What the micro front end costs a hop of 20 ms, on the cores that it is for."""

from __future__ import annotations

import numpy as np
import pytest

import lapel
from lapel.audio import frontend

INSTRUCTIONS = {"cortex-m4": 45_000, "cortex-m55": 12_000}
FLASH_BYTES = {"cortex-m4": 6 << 10, "cortex-m55": 8 << 10}
"""Code and tables. Kernels for Helium are larger."""
RAM_BYTES = 3 << 10
"""Arena with state, other variables and stack."""
HOPS = 6


@pytest.mark.parametrize("core", INSTRUCTIONS)
def test_a_hop_of_20_ms_of_40_log_mels(core: str) -> None:
    graph = frontend.streaming(frontend.make("micro", hop_ms=20.0))
    (samples,) = (graph.tensors[name] for name in graph.arguments)
    noise = np.random.default_rng(0).normal(size=(HOPS, *samples.type.shape)) * 10.0 ** np.arange(HOPS)[:, None]
    given = {samples.name: np.clip(noise, -(2**15), 2**15 - 1).astype(np.int16)}
    result = lapel.run(graph, core, given, wish=lapel.Wish(optimize="balanced"))
    memory = result.memory
    assert result.bit_exact
    assert result.instructions is not None and result.instructions <= INSTRUCTIONS[core]
    assert memory.flash_code_bytes + memory.flash_data_bytes <= FLASH_BYTES[core]
    assert memory.arena_used_bytes + memory.static_ram_bytes + memory.stack_bytes <= RAM_BYTES
