"""A cascade: which steps are open, nothing lost where all are, and what is counted."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

import lapel
from cores import needs
from hearing import listening_net, two_words
from lapel.cascades.gate import gate, spans
from lapel.errors import InputError, InvalidGraph, UsageError
from lapel.ops import evaluate_sequence
from lapel.records import Cascade, Cascaded, Detector

STEP = 320
EASY = Detector(("a", "b"), (0, 1), 1, (128, 128), 3, 0)


def bursts(steps: int, loud: range) -> np.ndarray:
    """Quiet noise, and noise 30 dB above it in some steps; an offset that no stage may hear."""
    rng = np.random.default_rng(5)
    level = np.full(steps, 60.0)
    level[list(loud)] = 2000
    return np.asarray(rng.normal(0, 1, (steps, STEP)) * level[:, None] + 900, np.int16).reshape(-1)


@pytest.mark.parametrize(
    ("active", "hangover", "preroll", "expected"),
    [
        ([], 2, 2, []),
        ([5], 0, 0, [(5, 6)]),
        ([0], 3, 2, [(0, 4)]),
        ([5, 6], 1, 2, [(3, 8)]),
        ([5, 9], 1, 2, [(3, 11)]),
        ([5, 10], 1, 2, [(3, 7), (8, 12)]),
        ([19], 5, 1, [(18, 20)]),
    ],
)
def test_spans(active: list[int], hangover: int, preroll: int, expected: list[tuple[int, int]]) -> None:
    steps = np.zeros(20, bool)
    steps[active] = True
    assert spans(steps, hangover, preroll) == expected


def test_the_gate_hears_bursts_and_no_offset() -> None:
    """Its floor follows the noise within a second; every burst is active, almost nothing else is."""
    loud = range(120, 130)
    rows = bursts(200, loud).reshape(-1, 1, STEP)
    outputs = evaluate_sequence(gate(Cascade()), [{"samples": row} for row in rows])
    active = np.array([bool(v["active"][0, 3]) for v in outputs])
    assert active[list(loud)].all()
    assert active[50:120].sum() + active[140:].sum() <= 2


def test_what_is_closed_is_not_computed() -> None:
    samples = bursts(300, range(150, 170))
    found = lapel.cascade(listening_net(STEP, 2), EASY, samples, Cascade(hangover_steps=5, preroll_steps=4))
    assert (found.steps, found.step_ms, found.seconds, found.ring_bytes) == (300, 20, 6, 2 * STEP * 4)
    assert 20 <= found.active_steps <= 25
    assert found.active_steps < found.listened_steps <= found.active_steps + 9 * found.openings
    assert found.target is None and found.average_instructions_s is None and not found.warnings
    assert Cascaded.from_json(json.loads(json.dumps(found.to_json()))) == found
    assert Cascade.from_json(found.cascade.to_json()) == found.cascade


def test_a_gate_that_is_always_open_loses_nothing() -> None:
    """The model's state goes on: the cascade is the model alone, event by event."""
    samples = bursts(120, range(40, 60))
    found = lapel.cascade(listening_net(STEP, 2), EASY, samples, Cascade(ratio=0, least=0))
    assert found.listened_steps == 120 and found.openings == 1
    assert found.events == found.events_alone > 0 and found.missed == found.added == 0


def test_events_that_are_missed_are_counted() -> None:
    """A gate that opens for nothing but 10^9."""
    found = lapel.cascade(listening_net(STEP, 2), EASY, bursts(120, range(40, 60)), Cascade(least=10**9))
    assert found.listened_steps == found.openings == found.events == 0
    assert found.missed == found.events_alone > 0


def test_a_quiet_detector_is_said() -> None:
    found = lapel.cascade(listening_net(STEP, 2), two_words(warmup_steps=30), bursts(60, range(9)), Cascade())
    assert found.warnings[0].startswith("the detector is quiet for 30 steps after each opening and 10 steps are kept")


@needs("cortex-m4")
def test_instructions_by_hand() -> None:
    found = lapel.cascade(listening_net(STEP, 2), EASY, bursts(100, range(50, 60)), target="cortex-m4")
    first, model = found.gate_instructions, found.model_instructions
    assert first is not None and model is not None and first < 600 and found.target == "cortex-m4"
    expected = 50 * (first + model * found.listened_steps / 100)
    assert found.average_instructions_s == pytest.approx(expected)
    assert found.alone_instructions_s == 50 * model and found.saved_times == pytest.approx(50 * model / expected)
    assert found.cycles is not None and found.cycles.low < found.cycles.value < found.cycles.high
    power = lapel.energy(replace(found, target="nucleo-l4r5zi"))
    assert power.rate_hz == 50 and power.parts[0].power_uw.value == pytest.approx(found.cycles.value * 350 * 50e-6)
    with pytest.raises(UsageError, match="ears: the cascade was not counted on a target: give it one"):
        lapel.energy(replace(found, target=None))


@pytest.mark.parametrize(
    ("given", "error", "message"),
    [
        (
            {"asked": Cascade(hop_samples=256)},
            UsageError,
            "ears: a step has 320 samples, the first stage's row 256: expec",
        ),
        (
            {"samples": np.zeros(9, np.int16)},
            InputError,
            r"samples are int16 \[9\], expected int16 \[count\], a step or more",
        ),
        ({"samples": np.zeros(999, np.float32)}, InputError, r"samples are float32 \[999\]"),
    ],
)
def test_wrong_calls(given: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        lapel.cascade(**{"model": listening_net(STEP, 2), "detector": EASY, "samples": bursts(9, range(3)), **given})


def test_a_cascade_that_cannot_be() -> None:
    with pytest.raises(UsageError, match="cascade: preroll_steps is -1, expected 0 to 65535"):
        Cascade(preroll_steps=-1)
    with pytest.raises(InvalidGraph, match=r"looks at every 7\. of 320 samples, expected a whole power of two"):
        lapel.cascade(listening_net(STEP, 2), EASY, bursts(9, range(3)), Cascade(stride=7))
