"""Louder or softer, as from another distance."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.wakewords import augmentations

USUAL = (-5.0, 5.0)


def apply(rng: np.random.Generator, wave: np.ndarray, value: Any) -> np.ndarray:
    """value: least and greatest gain in dB; what is then beyond 16 bits is clipped, as a microphone clips it."""
    low, high = augmentations.pair("gain", value, -60, 40)
    return np.clip(wave * np.float32(10 ** (rng.uniform(low, high) / 20)), -32768, 32767)
