"""Public models with LSTM and SVDF layers on every core: sequences with a reset, and what a call costs."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

import lapel
from batch import draw_samples
from lapel.ir import Graph
from lapel.records import Run

STEPS, RESET_EVERY = 200, 100
CORES = ("host", "cortex-m0", "cortex-m4", "cortex-m55", "rv32imac")
MODELS = ("mnist_lstm_int8", "keyword_scrambled_int8")
FEW_STEPS = 4
"""On the AVR, which the emulator takes a second a step for."""

BUDGETS = {"mnist_lstm_int8": 374_000, "keyword_scrambled_int8": 104_000}
"""Instructions of a call on the Cortex-M4: 28 time steps of an LSTM of 20 units, and 7 SVDF layers."""
STATES = {"mnist_lstm_int8": ("lstm",), "keyword_scrambled_int8": ("svdf",) * 7}
"""The operators that have state, in order."""


@pytest.fixture(params=MODELS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def load(shared: Path, name: str) -> Graph:
    return lapel.load(shared / f"models/public/{name}.tflite")


@cache
def run_sequence(shared: Path, name: str, core: str, steps: int, reset_every: int) -> Run:
    graph = load(shared, name)
    samples = draw_samples(graph, np.random.default_rng(6), steps)
    return lapel.run(graph, core, samples, reset_every=reset_every)


@pytest.mark.parametrize("core", CORES)
def test_every_step_is_exact_on_the_core(shared: Path, name: str, core: str) -> None:
    result = run_sequence(shared, name, core, STEPS, RESET_EVERY)
    assert result.bit_exact and result.samples == STEPS


def test_an_lstm_is_exact_on_the_avr(shared: Path) -> None:
    """The other model's states alone are larger than the RAM of this one."""
    assert run_sequence(shared, "mnist_lstm_int8", "atmega328p", FEW_STEPS, FEW_STEPS // 2).bit_exact


@pytest.mark.long
def test_a_long_sequence_is_exact_on_the_avr(shared: Path) -> None:
    assert run_sequence(shared, "mnist_lstm_int8", "atmega328p", STEPS, RESET_EVERY).bit_exact


def test_instructions_of_a_call_on_the_cortex_m4(shared: Path, name: str) -> None:
    counted = run_sequence(shared, name, "cortex-m4", STEPS, RESET_EVERY).instructions
    assert counted is not None and counted <= BUDGETS[name]


def test_states_are_changed_in_place(shared: Path, name: str) -> None:
    """No bytes are copied for a state, and none are kept twice."""
    graph = load(shared, name)
    plan = lapel.plan(graph, "cortex-m4")
    assert tuple(n.op for n in graph.nodes if n.op in ("lstm", "svdf")) == STATES[name]
    copies = [s for s in plan.steps if s.node.op == "assign" and s.calls]
    assert not copies
    assert plan.arena_bytes < 2 * graph.state_bytes + 2000
