"""Noise under everything, of a kind and at a ratio that are drawn: `lapel.wakewords.noises`."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.wakewords import augmentations
from lapel.wakewords.levels import loudness
from lapel.wakewords.noises import make_noise

USUAL = (0.0, 62.0)
"""To 60 dB and beyond, since so are clips of a silent room: a network that never met one misses more there than in
noise."""


def apply(rng: np.random.Generator, wave: np.ndarray, value: Any) -> np.ndarray:
    """value: least and greatest ratio in dB of what is loud in the wave to the noise."""
    low, high = augmentations.pair("noise", value, -30, 90)
    level = loudness(wave) * 10 ** (-rng.uniform(low, high) / 20)
    return (wave + make_noise(rng, len(wave)) * np.float32(level)).astype(np.float32)
