"""Synthesized speakers: a voice of espeak-ng, its accent, pitch and size of the vocal tract; what each of them says."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lapel.wakewords.clips import SIDES
from lapel.wakewords.speech import voices_of
from lapel.wakewords.synthesis import LANGUAGES, PITCH, Voice, speak, spoken

SPEED_WPM = (130, 200)
MOVES = 5
"""By which one speaker's pitch varies from one utterance to the next, as espeak-ng counts."""
TRACT = (0.88, 1.14)
"""Factor of all frequencies, of formants and pitch."""


@dataclass(frozen=True)
class Speaker:
    """Who speaks. pitch: 0..99, as espeak-ng counts; tract: factor of all frequencies."""

    variant: str
    language: str
    pitch: int
    tract: float

    @property
    def name(self) -> str:
        """Of this very one."""
        return f"{self.language}+{self.variant}-{self.pitch}-{self.tract:.3f}"


@dataclass(frozen=True, eq=False)
class Utterance:
    """wave: int16 [samples] of 16 kHz; text: what is said, "" if that is not known."""

    speaker: str
    text: str
    wave: np.ndarray


def drawn_speakers(side: str, count: int, seed: int) -> list[Speaker]:
    """So many speakers of a side; all of its voices come before one comes again."""
    rng = np.random.default_rng((seed, SIDES.index(side), 7))
    variants = voices_of(side)
    order = [int(k) for _ in range(-(-count // len(variants))) for k in rng.permutation(len(variants))][:count]
    return [
        Speaker(
            variants[k],
            LANGUAGES[int(rng.integers(len(LANGUAGES)))],
            int(rng.integers(*PITCH)),
            float(rng.uniform(*TRACT)),
        )
        for k in order
    ]


def say(rng: np.random.Generator, speaker: Speaker, text: str) -> Utterance:
    """The text, at any speed, about at the speaker's pitch. Raises what `speak` raises."""
    pitch = int(np.clip(speaker.pitch + rng.integers(-MOVES, MOVES + 1), 0, 99))
    wave = speak(spoken(text), Voice(speaker.language, speaker.variant, int(rng.integers(*SPEED_WPM)), pitch))
    places = np.arange(0, max(len(wave) - 1, 1), speaker.tract)
    made = np.rint(np.interp(places, np.arange(len(wave)), wave)).astype(np.int16)
    return Utterance(speaker.name, text, made)


def learned(
    words: Sequence[str], others: Sequence[str], voices: int, count: int, seed: int, workers: int
) -> list[Utterance]:
    """Of each of so many voices of training so many texts: each word at least once, if there are enough."""
    jobs = []
    for k, speaker in enumerate(drawn_speakers("train", voices, seed)):
        rng = np.random.default_rng((seed, k, 8))
        rest = [others[int(i)] for i in rng.permutation(len(others))] if others else list(words)
        texts = [*words, *(rest * count)][:count]
        jobs += [(np.random.default_rng((seed, k, n, 9)), speaker, text) for n, text in enumerate(texts)]
    return _said(jobs, workers)


def judged(side: str, words: Sequence[str], voices: int, count: int, seed: int, workers: int) -> list[Utterance]:
    """Of each of so many voices of validation or test each word, so many times."""
    jobs = [
        (np.random.default_rng((seed, SIDES.index(side), k, w, n, 10)), speaker, word)
        for k, speaker in enumerate(drawn_speakers(side, voices, seed))
        for w, word in enumerate(words)
        for n in range(count)
    ]
    return _said(jobs, workers)


def _said(jobs: Sequence[tuple[np.random.Generator, Speaker, str]], workers: int) -> list[Utterance]:
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda job: say(*job), jobs))
