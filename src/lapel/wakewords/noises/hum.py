"""The mains and what it drives: 50 or 60 Hz with overtones, over a little noise."""

from __future__ import annotations

import numpy as np

from lapel.wakewords.noises._shaped import RATE_HZ, leveled, shaped

OVERTONES = 12
NOISE = 0.1
"""Of the hum's level."""


def make(rng: np.random.Generator, count: int) -> np.ndarray:
    """float32 [count], root mean square 1."""
    base_hz = rng.choice((50.0, 60.0)) * rng.uniform(0.998, 1.002)
    turns = (base_hz / RATE_HZ * np.arange(count) % 1.0).astype(np.float32) * np.float32(2 * np.pi)
    wave = np.zeros(count, np.float32)
    for k in range(1, OVERTONES + 1):
        phase, strength = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 1.0) / k
        wave += np.float32(strength) * np.sin(np.float32(k) * turns + np.float32(phase))
    return leveled(leveled(wave) + NOISE * shaped(rng, count, 1.0))
