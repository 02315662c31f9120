"""Knocks, keys and dishes: short damped resonances at random moments, over a little noise."""

from __future__ import annotations

import numpy as np

from lapel.wakewords.noises._shaped import RATE_HZ, leveled, shaped

RATE_PER_S = (0.5, 6.0)
LENGTH_S = 0.15
NOISE = 0.05
"""Of the loudest click."""


def make(rng: np.random.Generator, count: int) -> np.ndarray:
    """float32 [count], root mean square 1."""
    length = int(LENGTH_S * RATE_HZ)
    wave = np.zeros(count + length)
    time_s = np.arange(length) / RATE_HZ
    for _ in range(rng.poisson(count / RATE_HZ * rng.uniform(*RATE_PER_S)) + 1):
        at, hz, decay_s = rng.integers(count), rng.uniform(200, 6000), 10 ** rng.uniform(-3, -1.5)
        ring = np.sin(2 * np.pi * hz * time_s) + 0.3 * rng.standard_normal(length)
        wave[at : at + length] += rng.uniform(0.1, 1.0) * ring * np.exp(-time_s / decay_s)
    return leveled(wave[:count] + NOISE * shaped(rng, count, 1.0))
