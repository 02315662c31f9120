"""What noises share: spectra, and levels."""

from __future__ import annotations

import numpy as np

RATE_HZ = 16000
LOWEST_HZ = 20.0
"""Below it a spectrum that falls stays level, as microphones hear nothing there."""


def shaped(rng: np.random.Generator, count: int, power: float) -> np.ndarray:
    """float32 [count]: noise whose energy falls with frequency to this power."""
    size = 1 << max(count - 1, 1).bit_length()
    spectrum = np.fft.rfft(rng.standard_normal(size, np.float32))
    hz = np.maximum(np.fft.rfftfreq(size, 1 / RATE_HZ), LOWEST_HZ)
    return leveled(np.fft.irfft(spectrum * hz ** (-power / 2), size)[:count])


def leveled(wave: np.ndarray) -> np.ndarray:
    """float32: the wave at a root mean square of 1; silence as it is."""
    level = float(np.sqrt(np.mean(np.square(wave, dtype=np.float64)))) if len(wave) else 0.0
    return (wave / level if level > 0 else wave).astype(np.float32)
