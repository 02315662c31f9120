"""Days: long audio, nearly all of it silence or noise, in which words and other speech are said now and then.

Made of recordings as `lapel.wakewords.scenes` makes its scenes, with the same levels and kinds of noise, and the same
for the same seed everywhere. A day is named by its number, and needs no disk.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.wakewords.levels import amplitude, rounded
from lapel.wakewords.noises import make_noise
from lapel.wakewords.scenes import NOISE_DB, RATE_HZ, SILENCE_DB, SPEECH_DB, Cast, Mark, Scene

DISTANCE_DB = 6.0
"""By which noise is below the day's speech at least: under louder noise nothing is told of a gate, as the model hears
nothing either."""
LEAST_GAP_S = 1.0


def make_day(cast: Cast, words: Sequence[tuple[int, np.ndarray]], number: int, sound: float) -> Scene:
    """A day with these words, (its number, int16 wave) each, and as much other speech; marks are numbered as they are.

    sound: share of the samples in which something is said; the rest is silence on even days, noise on odd ones.
    """
    rng = np.random.default_rng((cast.seed, number, 2))
    speech_db = rng.uniform(*SPEECH_DB)
    parts: list[tuple[int | None, np.ndarray]] = []
    for k, (_, wave) in enumerate(words):
        parts.append((k, cast.voice(rng, wave, speech_db)))
        parts.append((None, cast.voice(rng, cast.negative(rng)[0][: len(wave)], speech_db)))
    order = rng.permutation(len(parts))
    said = sum(len(wave) for _, wave in parts)
    rest = max(int(said / sound) - said, int(LEAST_GAP_S * RATE_HZ) * (len(parts) + 1))
    gaps = _gaps(rng, rest, len(parts) + 1)
    wave = _background(rng, said + rest, number, speech_db)
    marks, at = list[Mark](), 0
    for k, gap in zip(order, gaps, strict=False):
        said_here, voice = parts[k]
        at += gap
        wave[at : at + len(voice)] += voice
        if said_here is not None:
            marks.append(Mark(words[said_here][0], at, at + len(voice), said_here))
        at += len(voice)
    return Scene(rounded(wave), tuple(marks))


def _gaps(rng: np.random.Generator, rest: int, count: int) -> list[int]:
    """Samples between what is said, LEAST_GAP_S or more each, so many in all."""
    least = int(LEAST_GAP_S * RATE_HZ)
    shares = rng.dirichlet(np.ones(count))
    return [least + int(share * (rest - least * count)) for share in shares]


def _background(rng: np.random.Generator, count: int, number: int, speech_db: float) -> np.ndarray:
    """float32: silence, or noise of a kind that is drawn."""
    level_db = rng.uniform(*SILENCE_DB)
    if number % 2:
        level_db = min(rng.uniform(*NOISE_DB), speech_db - DISTANCE_DB)
    return np.asarray(make_noise(rng, count) * amplitude(level_db), np.float32)
