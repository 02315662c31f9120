"""Sounds that stand for people: a pitch and two resonances say who speaks, a glide what is said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

RATE_HZ = 16000
TEXTS = {"up": 1.15, "down": 0.85}
"""By which factor the pitch ends."""


def utterance(who: int, text: str, take: int, seconds: float = 0.5) -> np.ndarray:
    """int16: a pulse train through the person's resonances, with silence around it."""
    person, rng = np.random.default_rng((who, 1)), np.random.default_rng((who, take, 2))
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    pitch_hz = person.uniform(90, 240) * rng.uniform(0.97, 1.03) * TEXTS[text] ** (time_s / seconds)
    phase = np.cumsum(pitch_hz) / RATE_HZ
    wave = sum(
        np.sin(2 * np.pi * k * phase) / (1 + ((k * pitch_hz - hz) / 150) ** 2)
        for hz in (person.uniform(300, 900), person.uniform(1000, 3000))
        for k in range(1, 30)
    )
    wave = wave * np.hanning(len(time_s)) / np.abs(wave).max()
    quiet = np.zeros(RATE_HZ // 5)
    noise = rng.normal(0, 4, len(wave) + 2 * len(quiet))
    return np.round(np.concatenate([quiet, 9000 * wave, quiet]) + noise).astype(np.int16)


def write(folder: Path, people: range, takes: int = 5) -> Path:
    """A folder of WAV files TEXT_personWHO_TAKE.wav."""
    soundfile = pytest.importorskip("soundfile")
    folder.mkdir(parents=True, exist_ok=True)
    for who in people:
        for text in TEXTS:
            for take in range(takes):
                wave = utterance(who, text, take)
                soundfile.write(folder / f"{text}_person{who}_{take}.wav", wave, RATE_HZ, subtype="PCM_16")
    return folder


GROUP, TEXT = r"_(person\d+)_", r"(up|down)_"
