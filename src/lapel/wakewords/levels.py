"""How loud sound is, and sound at a level."""

from __future__ import annotations

import numpy as np

FRAME = 320
BELOW_DB = 25.0
"""A frame that is more than this below the loudest one is a pause."""
FADE = 160


def loudness(wave: np.ndarray) -> float:
    """The root mean square of a wave's loud frames: that of the speech in it, not of its pauses."""
    frames = wave[: len(wave) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    power = np.mean(frames**2, axis=1) if len(frames) else np.zeros(1)
    return float(np.sqrt(power[power >= power.max() * 10 ** (-BELOW_DB / 10)].mean()))


def amplitude(level_db: float) -> float:
    """Of 16 bits, for a level of full scale."""
    return float(32768 * 10 ** (level_db / 20))


def at_level(wave: np.ndarray, level_db: float) -> np.ndarray:
    """float32: the wave with what is loud in it at a level, faded in and out."""
    found = loudness(wave)
    made = wave * np.float32(amplitude(level_db) / found if found > 0 else 0.0)
    ramp = np.linspace(0, 1, min(FADE, len(made)), dtype=np.float32)
    made[: len(ramp)] *= ramp
    made[len(made) - len(ramp) :] *= ramp[::-1]
    return made


def rounded(wave: np.ndarray) -> np.ndarray:
    """int16: the nearest, clipped as a converter clips."""
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
