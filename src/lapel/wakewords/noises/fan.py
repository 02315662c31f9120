"""Fans and engines: noise in a few broad bands that swells and fades a little."""

from __future__ import annotations

import numpy as np

from lapel.wakewords.noises._shaped import RATE_HZ, leveled

BANDS = 4


def make(rng: np.random.Generator, count: int) -> np.ndarray:
    """float32 [count], root mean square 1."""
    size = 1 << max(count - 1, 1).bit_length()
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), 1.0)
    shape = 0.02 / np.sqrt(hz / 100 + 1)
    for _ in range(BANDS):
        centre, width = 10 ** rng.uniform(1.8, 3.5), rng.uniform(0.1, 0.6)
        shape = shape + rng.uniform(0.1, 1.0) * np.exp(-0.5 * (np.log(hz / centre) / width) ** 2)
    wave = np.fft.irfft(np.fft.rfft(rng.standard_normal(size, np.float32)) * shape, size)[:count]
    swell = 1 + rng.uniform(0, 0.4) * np.sin(2 * np.pi * rng.uniform(0.1, 8) * np.arange(count) / RATE_HZ)
    return leveled(wave * swell)
