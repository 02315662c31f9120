"""Scenes: long audio made by a recipe, mixtures of speech, noise and silence, the same for the same seed everywhere.

Of each scene the seed, its number and the side (train, val, test) say all: which clips and sentences are in it, where,
how loud, under which noise. So hours of audio need no disk, and the scenes of one side have nothing of another's.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lapel.wakewords.augmentations import augment
from lapel.wakewords.levels import amplitude, at_level, loudness, rounded
from lapel.wakewords.noises import make_noise

RATE_HZ = 16000
KINDS = ("speech", "noise", "speech", "silence", "speech", "babble", "speech", "noise", "speech", "silence")
"""Of scenes one after the other: half is speech, a tenth many voices at once."""
SPEECH_DB = (-38.0, -16.0)
"""Level of speech, of full scale, drawn for a scene; how far a voice is from it is its gain."""
NOISE_DB = (-55.0, -18.0)
"""Where there is no speech."""
SILENCE_DB = (-90.0, -60.0)
GAP_S = (0.1, 1.2)
PAUSE_S = (0.15, 1.5)
"""Before a word that is to be found."""
OTHERS = 0.25
"""Share of the words before which something else is said."""
VOICES = (3, 7)
"""Of babble, at once."""
AFTER = ("gain", "noise")
"""Changes that are made at a scene's level."""
REST_S = 0.8
"""Of a scene's beginning and end without words to be found."""


@dataclass(frozen=True)
class Mark:
    """Where a word that is to be found is in a scene. word: its number; start, end: samples; recording: the number of
    what is heard there, among all recordings that the scenes are made of."""

    word: int
    start: int
    end: int
    recording: int = 0


@dataclass(frozen=True, eq=False)
class Scene:
    """wave: int16 [samples]; alike: where words that sound alike begin and end in it, in samples."""

    wave: np.ndarray
    marks: tuple[Mark, ...] = ()
    alike: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Cast:
    """What the scenes of one side are made of: waves int16 of 16 kHz.

    sources: kinds of negatives, each drawn as often as its weight says. seed: of the side. changes: augmentations of
    each voice, and the noise under all of them. alike: which of the sources are words that sound like those wanted.
    """

    seed: int
    sources: tuple[Sequence[np.ndarray], ...]
    weights: tuple[float, ...]
    changes: Mapping[str, Any] = field(default_factory=dict)
    alike: tuple[int, ...] = ()

    def negative(self, rng: np.random.Generator) -> tuple[np.ndarray, bool]:
        """int16: one of them, and whether it sounds like a word to be found."""
        number = int(rng.choice(len(self.sources), p=np.array(self.weights) / sum(self.weights)))
        source = self.sources[number]
        return source[int(rng.integers(len(source)))], number in self.alike

    def voice(self, rng: np.random.Generator, wave: np.ndarray, level_db: float) -> np.ndarray:
        """float32: how a wave is heard in a scene whose speech has this level."""
        before = {k: v for k, v in self.changes.items() if k not in AFTER}
        said = at_level(augment(rng, wave.astype(np.float32), before), level_db)
        return augment(rng, said, {k: v for k, v in self.changes.items() if k == "gain"})

    def under(self, rng: np.random.Generator, wave: np.ndarray) -> np.ndarray:
        """int16: a scene's voices with what else is heard."""
        return rounded(augment(rng, wave, {k: v for k, v in self.changes.items() if k == "noise"}))


def make_scene(cast: Cast, number: int, seconds: float) -> Scene:
    """A scene without any word to be found."""
    rng, count = np.random.default_rng((cast.seed, number)), int(seconds * RATE_HZ)
    kind = KINDS[number % len(KINDS)]
    if kind == "silence":
        return Scene(rounded(make_noise(rng, count) * amplitude(rng.uniform(*SILENCE_DB))))
    if kind == "noise":
        mixed = sum(make_noise(rng, count) * amplitude(rng.uniform(*NOISE_DB)) for _ in range(rng.integers(1, 3)))
        return Scene(rounded(np.asarray(mixed)))
    speech_db = rng.uniform(*SPEECH_DB)
    lines = 1 if kind == "speech" else int(rng.integers(*VOICES))
    wave, alike = np.zeros(count, np.float32), list[tuple[int, int]]()
    for _ in range(lines):
        alike += _say(rng, wave, cast, speech_db - 3 * (lines > 1))
    return Scene(cast.under(rng, wave), alike=tuple(sorted(alike)))


def word_scene(cast: Cast, words: Sequence[tuple[int, np.ndarray]], number: int) -> Scene:
    """A scene with these words, (its number, int16 wave) each, among other speech and under noise."""
    rng = np.random.default_rng((cast.seed, number, 1))
    speech_db = rng.uniform(*SPEECH_DB)
    rest = np.zeros(int(REST_S * RATE_HZ), np.float32)
    parts, marks = [rest], list[Mark]()
    for word, wave in words:
        if rng.random() < OTHERS:
            parts.append(cast.voice(rng, cast.negative(rng)[0][: 2 * RATE_HZ], speech_db))
        parts.append(np.zeros(int(rng.uniform(*PAUSE_S) * RATE_HZ), np.float32))
        parts.append(cast.voice(rng, wave, speech_db))
        at = sum(map(len, parts))
        marks.append(Mark(word, at - len(parts[-1]), at))
    return Scene(cast.under(rng, np.concatenate([*parts, rest])), tuple(marks))


def noisy(rng: np.random.Generator, wave: np.ndarray, snr_db: float, lead: int, tail: int) -> np.ndarray:
    """int16: a clip with so many samples of background before and after it, under noise at a ratio to what is loud
    in it."""
    padded = np.concatenate([np.zeros(lead), wave.astype(np.float64), np.zeros(tail)])
    level = loudness(wave.astype(np.float32))
    return rounded(padded + make_noise(rng, len(padded)) * level * 10 ** (-snr_db / 20))


def _say(rng: np.random.Generator, wave: np.ndarray, cast: Cast, speech_db: float) -> Iterator[tuple[int, int]]:
    """Fill a wave with one voice after another; where those begin and end that sound alike."""
    at = int(rng.uniform(0, 1.0) * RATE_HZ)
    while at < len(wave):
        drawn, alike = cast.negative(rng)
        said = cast.voice(rng, drawn, speech_db)[: len(wave) - at]
        wave[at : at + len(said)] += said
        if alike:
            yield at, at + len(said)
        at += len(said) + int(rng.uniform(*GAP_S) * RATE_HZ)
