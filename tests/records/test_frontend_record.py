"""`FrontEnd`: what none can have, samples and frames, and JSON."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from lapel.errors import UsageError
from lapel.records.frontend import FrontEnd

FRONT = FrontEnd("mfcc", 30.0, 20.0, 40, 20.0, 4000.0, 0.5, 83, coefficients=10)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"sample_rate_hz": 0}, "sample_rate_hz is 0, expected an integer of 1 to 768000"),
        ({"window_ms": 30.03}, "window_ms is 30.03, 480.48 samples at 16000 Hz, expected a whole number of 1 to 2048"),
        ({"window_ms": 200.0}, "window_ms is 200.0, 3200 samples at 16000 Hz, expected a whole number"),
        ({"hop_ms": float("nan")}, "hop_ms is nan, nan samples"),
        ({"hop_ms": 40.0}, "hop_ms is 40, window_ms 30, expected no hop beyond its window"),
        ({"bands": True}, "bands is True, expected an integer of 1 to 256"),
        ({"high_hz": 8001.0}, r"bands from 20 to 8001 Hz, expected rising ones within 0..8000 Hz"),
        ({"low_hz": 4000.0}, "bands from 4000 to 4000 Hz, expected rising"),
        ({"coefficients": 41}, "coefficients is 41, expected an integer of 0 to 40"),
        ({"peak": -1}, "peak is -1, expected an integer of 0 to 32768"),
        ({"scale": 0.0}, "scale is 0.0, expected a number above 0"),
        ({"zero": 128}, "zero is 128, expected an integer of -128 to 127"),
    ],
)
def test_messages(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        replace(FRONT, **changed)


def test_samples_and_frames() -> None:
    assert (FRONT.window_samples, FRONT.hop_samples, FRONT.features) == (480, 320, 10)
    assert replace(FRONT, coefficients=0).features == 40
    assert (FRONT.samples(1), FRONT.samples(49)) == (480, 15840)
    assert [FRONT.frames(n) for n in (0, 479, 480, 799, 800, 16000)] == [0, 0, 1, 1, 2, 49]


def test_json() -> None:
    assert FrontEnd.from_json(FRONT.to_json()) == FRONT
