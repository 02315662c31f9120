"""Speech that is synthesized for one side: sentences, words that sound alike, and words to be found.

Voices are shared among the sides, and so are texts: what is said in a test is said by nobody in training.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from lapel.wakewords.clips import SIDES
from lapel.wakewords.sentences import confusable, sentence
from lapel.wakewords.synthesis import ODD_VARIANTS, VARIANTS, drawn_voice, speak, spoken

SHARES = {"train": 60, "val": 20, "test": 20}
"""Of voices and texts, in percent."""
CONFUSABLE = 0.25
"""Share of texts that are words which sound alike, in what judges."""


def voices_of(side: str) -> tuple[str, ...]:
    """The variants of voices that speak on a side."""
    order = np.random.default_rng(0).permutation(len(VARIANTS))
    return tuple(v for k, v in zip(order, VARIANTS, strict=True) if _side(100 * int(k) // len(VARIANTS)) == side)


def speech_of(
    side: str, words: Sequence[str], count: int, seed: int, workers: int = 2, alike: float = CONFUSABLE
) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """int16 waves: so many texts without any of the words, sentences and words that sound alike, a share of them."""
    rng = np.random.default_rng((seed, SIDES.index(side), 2))
    wide, plain = side == "train", [spoken(w).lower() for w in words]
    voices = (*voices_of(side), *ODD_VARIANTS) if wide else voices_of(side)
    near = min(max(round(count * alike), 1), count - 1) if alike else 0
    parts = ((_texts(rng, side, plain, False), count - near), (_texts(rng, side, plain, True), near))
    jobs = [[(next(texts), drawn_voice(rng, voices, wide)) for _ in range(size)] for texts, size in parts]
    with ThreadPoolExecutor(workers) as pool:
        sentences, words_alike = (list(pool.map(lambda job: speak(*job), part)) for part in jobs)
    return sentences, words_alike


def word_of(side: str, word: str, count: int, seed: int, workers: int = 2) -> list[np.ndarray]:
    """int16 waves: the word, said so many times by voices of this side."""
    rng = np.random.default_rng((seed, SIDES.index(side), 3))
    voices = voices_of(side)
    jobs = [drawn_voice(rng, voices) for _ in range(count)]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(lambda voice: speak(spoken(word), voice), jobs))


def _texts(rng: np.random.Generator, side: str, words: Sequence[str], alike: bool) -> Iterator[str]:
    """Texts of this side without end: sentences, or words that sound alike."""
    while True:
        text = confusable(rng, words[int(rng.integers(len(words)))]) if alike else sentence(rng)
        if _side(zlib.crc32(text.encode()) % 100) == side and not any(w in text.lower() for w in words):
            yield text


def _side(percent: int) -> str:
    """The side of a number of 0..99."""
    bound = 0
    for side, share in SHARES.items():
        bound += share
        if percent < bound:
            return side
    return SIDES[-1]
