"""Spoken digits of somebody who was never heard: a front end's features, changed copies, and digits by espeak-ng.

A task of `benchmarks/training.py`. Features are those that a device has, by the front end's own firmware. Beside the
network stands logistic regression of each clip's mean log-mels, and of all its frames. Each speaker of spoken-digits is
held out once; nothing of that speaker is in what trains, no epoch is chosen by anybody: the last one is taken.
"""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from kept import Kept
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from trainings import CALIBRATED, SHARED, after_training

import lapel
from lapel import zoo
from lapel.audio import frontend
from lapel.audio.files import read_sound
from lapel.data import Dataset, Splits, measure
from lapel.ir import Graph
from lapel.proving import hosted
from lapel.training.ranges import float_scores
from lapel.wakewords.augmentations import augment
from lapel.wakewords.levels import rounded
from lapel.wakewords.synthesis import drawn_voice, speak
from lapel.wish import Quantization

SPEAKERS = ("george", "jackson", "lucas", "nicolas")
NAMES = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
FRAMES = 39
FRONT: dict[str, Any] = {"mode": "lfbe", "bands": 24, "low_hz": 60.0, "high_hz": 4000.0}
CHANGES: dict[str, Any] = {"speed": (0.8, 1.25), "reverberation": 0.3, "shift": 1600, "noise": (12.0, 50.0)}
"""Of each copy; augmentations of `lapel.wakewords`."""
STRETCH: dict[str, tuple[float, float]] = {"time": (0.65, 1.45), "bands": (0.88, 1.16)}
"""Factors of each copy's frames and bands, least and greatest: how fast somebody speaks, and how long a throat is."""
COPIES, SYNTHESIZED, SYNTHESIZED_COPIES = 4, 1600, 2
NETWORK: dict[str, Any] = {"channels": 32, "blocks": 3, "kernel": (5, 5)}
TRAINING: dict[str, Any] = {
    "epochs": 6, "batch": 64, "learning_rate": 5e-3, "normalize": True, "optimizer": "adamw", "weight_decay": 1e-3,
    "augment": {"warp": [2.0, 2.0], "mask": [5, 4]},
}  # fmt: skip
FILE = re.compile(r"(\d)_([a-z]+)_\d+\.wav")


class Sounds:
    """int16 waves of 16 kHz -> features, uint8 [FRAMES, bands], of the first part of each, silence behind it."""

    def __init__(self) -> None:
        given = dict(FRONT)
        self._front = frontend.make(given.pop("mode"), **given)
        self._samples = self._front.samples(FRAMES)
        self._library = hosted(frontend.graph(self._front, frames=FRAMES))

    def features(self, wave: np.ndarray) -> np.ndarray:
        """Of a wave as it is."""
        padded = np.pad(wave[: self._samples], (0, max(0, self._samples - len(wave))))
        made = np.asarray(self._library(padded[None])).reshape(FRAMES, -1)
        return (made.astype(np.int16) - self._front.zero).astype(np.uint8)

    def changed(self, rng: np.random.Generator, waves: list[np.ndarray], copies: int) -> np.ndarray:
        """uint8 [copies of each, FRAMES, bands]."""
        made = [rounded(augment(rng, w.astype(np.float32), CHANGES)) for w in waves for _ in range(copies)]
        return np.stack([stretched(rng, self.features(wave)) for wave in made])

    def dataset(self, x: np.ndarray, digits: np.ndarray) -> Dataset:
        """Of features."""
        classes = tuple(map(str, range(10)))
        return Dataset(x[..., None], digits, "classification", classes, factor=self._front.scale, where="the digits")


def stretched(rng: np.random.Generator, features: np.ndarray) -> np.ndarray:
    """uint8 [frames, bands]: faster or slower, and of a longer or shorter throat; points in between are on a line."""
    frames, bands = features.shape
    time = np.arange(frames) * rng.uniform(*STRETCH["time"])
    band = np.minimum(np.arange(bands) * rng.uniform(*STRETCH["bands"]), bands - 1)
    behind = np.concatenate([features.astype(np.float32), np.zeros((frames, bands), np.float32)])
    slow = np.stack([np.interp(time, np.arange(len(behind)), column) for column in behind.T], axis=1)
    return np.rint(np.stack([np.interp(band, np.arange(bands), row) for row in slow])).astype(np.uint8)


def synthesized(rng: np.random.Generator) -> tuple[list[np.ndarray], np.ndarray]:
    """Digits by espeak-ng, each in a voice, speed and pitch that is drawn; and which they are."""
    digits = np.arange(SYNTHESIZED) % 10
    jobs = [(NAMES[digit], drawn_voice(rng)) for digit in digits]
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda job: speak(*job), jobs)), digits


def linear(x: np.ndarray, digits: np.ndarray, of: np.ndarray, held: np.ndarray, strength: float) -> dict[str, Any]:
    """Logistic regression of standardized numbers, trained with some samples and tested with others."""
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, C=strength))
    model.fit(x[of], digits[of])
    return {"test": float(model.score(x[held], digits[held]))}


def unheard_speakers(only_kept: bool) -> dict[str, Any]:
    """Of each speaker, held out: both regressions, the network in floats and in int8."""
    names = {
        "front": FRONT, "frames": FRAMES, "changes": CHANGES, "stretch": STRETCH, "network": NETWORK,
        "copies": COPIES, "synthesized": SYNTHESIZED, "synthesized copies": SYNTHESIZED_COPIES, "options": TRAINING,
        "calibrated": CALIBRATED,
    }  # fmt: skip
    kept = Kept(names, only_kept)
    made = Made() if not only_kept else None
    return {**names, "speakers": [row(kept, made, k, speaker) for k, speaker in enumerate(SPEAKERS)]}


class Made:
    """Everything that networks are trained with: features of clips as they are, changed, and of synthesized digits."""

    def __init__(self) -> None:
        rng, self.sounds = np.random.default_rng(0), Sounds()
        files = [(p, found) for p in sorted((SHARED / "data" / "spoken-digits").iterdir())
                 if (found := FILE.fullmatch(p.name))]  # fmt: skip
        waves = [read_sound(path).samples for path, _ in files]
        self.digits = np.array([int(found[1]) for _, found in files])
        self.speakers = np.array([found[2] for _, found in files])
        self.plain = np.stack([self.sounds.features(wave) for wave in waves])
        self.changed = self.sounds.changed(rng, waves, COPIES)
        said, digits = synthesized(rng)
        self.said = self.sounds.changed(rng, said, SYNTHESIZED_COPIES)
        self.said_digits = np.repeat(digits, SYNTHESIZED_COPIES)

    def splits(self, speaker: str) -> Splits:
        """All but a speaker, and that one."""
        others, held = self.speakers != speaker, self.speakers == speaker
        copies = np.repeat(others, COPIES)
        x = np.concatenate([self.changed[copies], self.plain[others], self.said])
        y = np.concatenate([np.repeat(self.digits, COPIES)[copies], self.digits[others], self.said_digits])
        return Splits(self.sounds.dataset(x, y), None, self.sounds.dataset(self.plain[held], self.digits[held]))


def row(kept: Kept, made: Made | None, seed: int, speaker: str) -> dict[str, Any]:
    """The figures of one who is held out."""
    found: dict[str, Any] = {"held out": speaker}
    model = kept.model(f"digits-{speaker}")

    def means() -> dict[str, Any]:
        assert made is not None
        others = made.speakers != speaker
        return linear(made.plain.mean(axis=1), made.digits, others, ~others, 1.0)

    def frames() -> dict[str, Any]:
        assert made is not None
        others = made.speakers != speaker
        return linear(made.plain.reshape(len(made.plain), -1), made.digits, others, ~others, 0.01)

    def network() -> dict[str, Any]:
        assert made is not None
        return learned(made.splits(speaker), seed, model)

    def integers() -> dict[str, Any]:
        assert made is not None
        return after_training(model, made.splits(speaker), Quantization())

    for name, make in (("means", means), ("frames", frames), ("float", network), ("int8 after", integers)):
        found[name] = kept.result(f"digits-{speaker}-{name.split()[0]}", make)
    return found


def learned(splits: Splits, seed: int, model: Path) -> dict[str, Any]:
    """A network's training, of which the last epoch is taken: it sees no test, nor any validation."""
    made = lapel.train(
        partial(spoken_network, splits), Splits(splits.train, None, None), threads=1, seed=seed, **TRAINING
    )
    model.write_bytes(lapel.write_tflite(made.graph))
    assert splits.test is not None
    found = measure(float_scores(made.graph)(splits.test.numbers()), splits.test)
    return {"test": found.accuracy, "train": made.record.run.train.accuracy, "learned": made.record.learned}


def spoken_network(splits: Splits, seed: int) -> Graph:
    """A DS-CNN of such features."""
    return zoo.make("dscnn", input=splits.train.x.shape[1:], outputs=10, seed=seed, **NETWORK)
