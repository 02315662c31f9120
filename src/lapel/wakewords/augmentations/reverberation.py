"""A room: the wave, and after it echoes that die away exponentially.

Source of the model of the tail: Moorer (1979), About this reverberation business: noise under an exponential.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.errors import UsageError

USUAL = 0.5
RATE_HZ = 16000
DECAY_S = (0.1, 0.6)
"""Until the tail has fallen by 60 dB."""
DIRECT_DB = (0.0, 14.0)
"""By how much what comes straight is stronger than the tail."""
GAP_S = 0.004
"""Before the first echo."""


def apply(rng: np.random.Generator, wave: np.ndarray, value: Any) -> np.ndarray:
    """value: share of the waves that are said in a room, 0..1. The wave keeps its length and level."""
    if not isinstance(value, int | float) or not 0 <= value <= 1:
        raise UsageError(f"augmentation reverberation is {value}, expected a share of 0..1")
    if rng.random() >= value:
        return wave
    response = _response(rng)
    size = 1 << (len(wave) + len(response)).bit_length()
    made = np.fft.irfft(np.fft.rfft(wave, size) * np.fft.rfft(response, size), size)[: len(wave)]
    before, after = (float(np.sqrt(np.mean(np.square(w, dtype=np.float64)))) for w in (wave, made))
    return (made * (before / after if after > 0 else 1.0)).astype(np.float32)


def _response(rng: np.random.Generator) -> np.ndarray:
    """float64: the impulse response of a room."""
    decay_s, direct_db = rng.uniform(*DECAY_S), rng.uniform(*DIRECT_DB)
    time_s = np.arange(int(decay_s * RATE_HZ)) / RATE_HZ
    tail = rng.standard_normal(len(time_s)) * 10 ** (-3 * time_s / decay_s)
    tail /= np.sqrt(np.sum(tail**2))
    gap = np.zeros(int(GAP_S * RATE_HZ))
    response = np.concatenate([gap, tail * 10 ** (-direct_db / 20)])
    response[0] = 1.0
    return response
