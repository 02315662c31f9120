"""Scenes: long audio made by a recipe, mixtures of speech, noise and silence, the same for the same seed everywhere.

Of each scene the seed, its number and the side (train, val, test) say all: which clips and sentences are in it, where,
how loud, under which noise. So hours of audio need no disk, and the scenes of one side have nothing of another's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lapel.wakewords.augmentations import augment
from lapel.wakewords.noises import make_noise

RATE_HZ = 16000
KINDS = ("speech", "noise", "speech", "silence", "speech", "babble", "speech", "noise", "speech", "silence")
"""Of scenes one after the other: half is speech, a tenth many voices at once."""
SPEECH_DB = (-38.0, -16.0)
"""Level of speech, of full scale, drawn for a scene; each voice differs from it by SPREAD_DB at most."""
SPREAD_DB = 5.0
SNR_DB = (4.0, 45.0)
NOISE_DB = (-55.0, -18.0)
"""Where there is no speech."""
SILENCE_DB = (-90.0, -60.0)
GAP_S = (0.1, 1.2)
VOICES = (3, 7)
"""Of babble, at once."""
FADE = 160
REST_S = 0.8
"""Of a scene's beginning and end without words to be found."""


@dataclass(frozen=True)
class Mark:
    """Where a word that is to be found is in a scene. word: its number; start, end: samples."""

    word: int
    start: int
    end: int


@dataclass(frozen=True, eq=False)
class Scene:
    """wave: int16 [samples]."""

    wave: np.ndarray
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True, eq=False)
class Cast:
    """What the scenes of one side are made of: waves int16 of 16 kHz.

    sources: kinds of negatives, each drawn as often as its weight says. seed: of the side.
    """

    seed: int
    sources: tuple[Sequence[np.ndarray], ...]
    weights: tuple[float, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)

    def negative(self, rng: np.random.Generator) -> np.ndarray:
        """int16: one of them."""
        source = self.sources[rng.choice(len(self.sources), p=np.array(self.weights) / sum(self.weights))]
        return source[rng.integers(len(source))]


def make_scene(cast: Cast, number: int, seconds: float) -> Scene:
    """A scene without any word to be found."""
    rng, count = np.random.default_rng((cast.seed, number)), int(seconds * RATE_HZ)
    kind = KINDS[number % len(KINDS)]
    if kind == "silence":
        return Scene(_rounded(make_noise(rng, count) * _amplitude(rng.uniform(*SILENCE_DB))))
    if kind == "noise":
        mixed = sum(make_noise(rng, count) * _amplitude(rng.uniform(*NOISE_DB)) for _ in range(rng.integers(1, 3)))
        return Scene(_rounded(np.asarray(mixed)))
    speech_db = rng.uniform(*SPEECH_DB)
    lines = 1 if kind == "speech" else rng.integers(*VOICES)
    wave = np.zeros(count, np.float32)
    for _ in range(lines):
        _say(rng, wave, cast, speech_db - 3 * (lines > 1))
    return Scene(_rounded(wave + _background(rng, count, speech_db)))


def word_scene(cast: Cast, words: Sequence[tuple[int, np.ndarray]], number: int) -> Scene:
    """A scene with these words, (its number, int16 wave) each, among other speech and under noise."""
    rng = np.random.default_rng((cast.seed, number, 1))
    speech_db = rng.uniform(*SPEECH_DB)
    parts, marks, at = [np.zeros(int(REST_S * RATE_HZ), np.float32)], list[Mark](), int(REST_S * RATE_HZ)
    for word, wave in words:
        if rng.random() < 0.25:
            before = _level(augment(rng, cast.negative(rng)[: 2 * RATE_HZ].astype(np.float32), cast.changes),
                            speech_db + rng.uniform(-SPREAD_DB, SPREAD_DB))  # fmt: skip
            parts.append(before)
            at += len(before)
        gap = np.zeros(int(rng.uniform(0.15, 1.5) * RATE_HZ), np.float32)
        said = _level(augment(rng, wave.astype(np.float32), cast.changes),
                      speech_db + rng.uniform(-SPREAD_DB, SPREAD_DB))  # fmt: skip
        parts += [gap, said]
        marks.append(Mark(word, at + len(gap), at + len(gap) + len(said)))
        at += len(gap) + len(said)
    parts.append(np.zeros(int(REST_S * RATE_HZ), np.float32))
    made = np.concatenate(parts)
    return Scene(_rounded(made + _background(rng, len(made), speech_db)), tuple(marks))


def noisy(rng: np.random.Generator, wave: np.ndarray, snr_db: float, lead: int, tail: int) -> np.ndarray:
    """int16: a clip with so many samples of background before and after it, under noise at a ratio to what is loud
    in it."""
    padded = np.concatenate([np.zeros(lead), wave.astype(np.float64), np.zeros(tail)])
    level = _loudness(wave.astype(np.float32))
    return _rounded(padded + make_noise(rng, len(padded)) * level * 10 ** (-snr_db / 20))


def _say(rng: np.random.Generator, wave: np.ndarray, cast: Cast, speech_db: float) -> None:
    """Fill a wave with one voice after another."""
    at = int(rng.uniform(0, 1.0) * RATE_HZ)
    while at < len(wave):
        said = augment(rng, cast.negative(rng).astype(np.float32), cast.changes)
        said = _level(said, speech_db + rng.uniform(-SPREAD_DB, SPREAD_DB))[: len(wave) - at]
        wave[at : at + len(said)] += said
        at += len(said) + int(rng.uniform(*GAP_S) * RATE_HZ)


def _background(rng: np.random.Generator, count: int, speech_db: float) -> np.ndarray:
    """float32 [count]: noise under speech of this level."""
    return make_noise(rng, count) * np.float32(_amplitude(speech_db - rng.uniform(*SNR_DB)))


def _level(wave: np.ndarray, level_db: float) -> np.ndarray:
    """float32: the wave with what is loud in it at a level, faded in and out."""
    loudness = _loudness(wave)
    made = wave * np.float32(_amplitude(level_db) / loudness if loudness > 0 else 0.0)
    ramp = np.linspace(0, 1, min(FADE, len(made)), dtype=np.float32)
    made[: len(ramp)] *= ramp
    made[len(made) - len(ramp) :] *= ramp[::-1]
    return made


def _loudness(wave: np.ndarray) -> float:
    """The root mean square of the louder half of a wave's frames."""
    frames = wave[: len(wave) // 320 * 320].reshape(-1, 320).astype(np.float64)
    power = np.sort(np.mean(frames**2, axis=1)) if len(frames) else np.zeros(1)
    return float(np.sqrt(power[len(power) // 2 :].mean()))


def _amplitude(level_db: float) -> float:
    """Of 16 bits, for a level of full scale."""
    return float(32768 * 10 ** (level_db / 20))


def _rounded(wave: np.ndarray) -> np.ndarray:
    return np.clip(np.rint(wave), -32768, 32767).astype(np.int16)
