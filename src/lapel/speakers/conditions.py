"""What is between a mouth and the features: room, microphone, distance, noise, and where in a window a word ends."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lapel.wakewords.augmentations import augment, usual
from lapel.wakewords.levels import at_level, rounded
from lapel.wakewords.scenes import noisy

RATE_HZ = 16000
LEVEL_DB = (-38.0, -16.0)
"""Of speech, of full scale."""
TILT_DB = 5.0
"""Standard deviation of a microphone's gain at each of `POINTS_HZ`."""
POINTS_HZ = (60.0, 200.0, 500.0, 1200.0, 2500.0, 5000.0, 8000.0)
NARROW = 0.3
"""Share of microphones and lines that end at a cutoff in NARROW_HZ."""
NARROW_HZ = (3300.0, 4200.0)
SETTLE_S = 0.4
"""Before a window, in which the front end finds the noise's level."""
LATE_S = (0.05, 0.35)
"""From a word's end to that of the window: as late as a detector is."""
LATE_JUDGED_S = 0.2
CLEAN_DB = 50.0
"""Ratio at which recordings have a background where they are judged as they are."""
LEAST_PART_S = 0.45
"""Of a clip whose speaker is not known."""
Extract = Callable[[np.ndarray], np.ndarray]
"""int16 [samples] -> uint8 [frames, bands], from a front end that was just reset."""


@dataclass(frozen=True)
class Shape:
    """Of a window: frames, and samples from one frame to the next."""

    frames: int
    hop: int

    @property
    def lead(self) -> int:
        """Samples before a word, so that the window is full and the front end has settled."""
        return self.frames * self.hop + int(SETTLE_S * RATE_HZ)


def microphone(rng: np.random.Generator, wave: np.ndarray) -> np.ndarray:
    """float32: the wave through one: a gain that varies smoothly with the frequency, and perhaps a narrow line."""
    size = 1 << len(wave).bit_length()
    hz = np.fft.rfftfreq(size, 1 / RATE_HZ)
    gain_db = np.interp(np.log(np.maximum(hz, POINTS_HZ[0])), np.log(POINTS_HZ), rng.normal(0, TILT_DB, len(POINTS_HZ)))
    response = 10 ** (gain_db / 20)
    if rng.random() < NARROW:
        response[hz > rng.uniform(*NARROW_HZ)] = 0.0
    return np.fft.irfft(np.fft.rfft(wave, size) * response, size)[: len(wave)].astype(np.float32)


def changed(rng: np.random.Generator, wave: np.ndarray, shape: Shape) -> np.ndarray:
    """int16: an utterance in a room, through a microphone, under noise, and what is before and after it."""
    changes = usual()
    heard = augment(rng, wave.astype(np.float32), {"reverberation": changes["reverberation"]})
    heard = at_level(microphone(rng, heard), rng.uniform(*LEVEL_DB))
    late = int(rng.uniform(*LATE_S) * RATE_HZ)
    whole = np.concatenate([np.zeros(shape.lead, np.float32), heard, np.zeros(late, np.float32)])
    return rounded(augment(rng, whole, {"noise": changes["noise"]}))


def judged(rng: np.random.Generator, wave: np.ndarray, shape: Shape, snr_db: float = CLEAN_DB) -> np.ndarray:
    """int16: an utterance as it is, with a background before and after it."""
    return noisy(rng, wave, snr_db, shape.lead, int(LATE_JUDGED_S * RATE_HZ))


def part(rng: np.random.Generator, wave: np.ndarray) -> np.ndarray:
    """A part of a clip, so that what is said is not always the same."""
    least = min(len(wave), int(LEAST_PART_S * RATE_HZ))
    length = int(rng.integers(least, len(wave) + 1))
    first = int(rng.integers(len(wave) - length + 1))
    return wave[first : first + length]


def windows(
    waves: Sequence[np.ndarray],
    make: Callable[[int, np.ndarray], np.ndarray],
    extract: Extract,
    shape: Shape,
    workers: int,
) -> np.ndarray:
    """uint8 [N, frames, bands]: the end of what `make` makes of each wave and its number."""

    def cut(k: int) -> np.ndarray:
        return extract(make(k, waves[k]))[-shape.frames :]

    with ThreadPoolExecutor(workers) as pool:
        return np.stack(list(pool.map(cut, range(len(waves)))))
