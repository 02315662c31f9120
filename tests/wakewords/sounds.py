"""Small sounds that stand for recordings: a word is a rising tone, anything else another sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

RATE_HZ = 16000


def word(seed: int, seconds: float = 0.5) -> np.ndarray:
    """int16: a tone that rises by an octave, at a pitch of its own, with silence around it."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    hz = rng.uniform(500, 700) * 2 ** (time_s / seconds)
    tone = np.sin(2 * np.pi * np.cumsum(hz) / RATE_HZ) * np.hanning(len(time_s))
    quiet = np.zeros(RATE_HZ // 4)
    return np.round(np.concatenate([quiet, 9000 * tone, quiet])).astype(np.int16)


def other(seed: int) -> np.ndarray:
    """int16: a level tone or a burst of noise."""
    rng = np.random.default_rng(seed)
    count = RATE_HZ // 2
    tone = np.sin(2 * np.pi * rng.uniform(300, 3000) * np.arange(count) / RATE_HZ)
    wave = tone if seed % 2 else rng.normal(size=count)
    return np.round(6000 * wave / np.abs(wave).max()).astype(np.int16)


def write(folder: Path, waves: list[np.ndarray], rate_hz: int = RATE_HZ) -> Path:
    """A folder of WAV files."""
    soundfile = pytest.importorskip("soundfile")
    folder.mkdir(parents=True, exist_ok=True)
    for k, wave in enumerate(waves):
        soundfile.write(folder / f"{k:03}.wav", wave, rate_hz, subtype="PCM_16")
    return folder
