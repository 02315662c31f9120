"""Windows of features that a network is trained with: of scenes, with the words that end in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lapel.wakewords.scenes import Cast, Scene, make_scene, word_scene

Extract = Callable[[np.ndarray], np.ndarray]
"""int16 [samples] -> uint8 [frames, bands], from a front end that was just reset."""


@dataclass(frozen=True)
class Shape:
    """What windows look like. frames: of a window; field: of one score; hop: samples."""

    frames: int
    field: int
    hop: int

    @property
    def slack(self) -> int:
        """By how many frames a word may have ended before its window does."""
        return self.frames - self.field


@dataclass(frozen=True, eq=False)
class Windows:
    """x: uint8 [N, frames, bands]; y: float32 [N, words], 1 where a word ends in the window."""

    x: np.ndarray
    y: np.ndarray

    def __len__(self) -> int:
        return len(self.x)


def joined(parts: Sequence[Windows]) -> Windows:
    """All of them."""
    return Windows(np.concatenate([p.x for p in parts]), np.concatenate([p.y for p in parts]))


def without_words(
    cast: Cast, extract: Extract, shape: Shape, words: int, numbers: Sequence[int], seconds: float, workers: int = 2
) -> Windows:
    """Windows side by side of scenes in which no word is."""

    def cut(number: int) -> np.ndarray:
        frames = extract(make_scene(cast, number, seconds).wave)
        count = (len(frames) - shape.frames) // shape.frames + 1
        return frames[: count * shape.frames].reshape(count, shape.frames, -1)

    with ThreadPoolExecutor(workers) as pool:
        x = np.concatenate(list(pool.map(cut, numbers)))
    return Windows(x, np.zeros((len(x), words), np.float32))


def with_words(
    cast: Cast,
    extract: Extract,
    shape: Shape,
    clips: Sequence[Sequence[np.ndarray]],
    copies: Sequence[int],
    workers: int = 2,
    at_once: int = 8,
) -> Windows:
    """Windows of words among other speech: each clip of word k in as many scenes as copies[k] says."""
    said = [(k, wave) for k, waves in enumerate(clips) for wave in waves for _ in range(copies[k])]
    order = np.random.default_rng((cast.seed, 4)).permutation(len(said))
    parts = [[said[i] for i in order[at : at + at_once]] for at in range(0, len(said), at_once)]

    def cut(number: int) -> list[tuple[np.ndarray, int]]:
        scene = word_scene(cast, parts[number], number)
        rng = np.random.default_rng((cast.seed, number, 5))
        return list(_around(rng, scene, extract(scene.wave), shape))

    with ThreadPoolExecutor(workers) as pool:
        found = [window for made in pool.map(cut, range(len(parts))) for window in made]
    y = np.zeros((len(found), len(clips)), np.float32)
    y[np.arange(len(found)), [word for _, word in found]] = 1
    return Windows(np.stack([x for x, _ in found]), y)


def _around(
    rng: np.random.Generator, scene: Scene, frames: np.ndarray, shape: Shape
) -> Iterator[tuple[np.ndarray, int]]:
    """A window around each word, which ends in its last frames."""
    for mark in scene.marks:
        end = -(-mark.end // shape.hop) + int(rng.integers(0, shape.slack))
        end = min(max(end, shape.frames), len(frames))
        if end >= shape.frames:
            yield frames[end - shape.frames : end], mark.word
