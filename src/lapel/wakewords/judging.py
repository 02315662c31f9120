"""Scores of the integer network on clips and on long audio, by its firmware on this computer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from lapel.ir import Graph
from lapel.proving import hosted
from lapel.records.frontend import FrontEnd
from lapel.wakewords.evaluation import Heard
from lapel.wakewords.features import Features
from lapel.wakewords.material import Side
from lapel.wakewords.network import stepwise
from lapel.wakewords.scenes import make_scene, noisy

LONG_S = 120.0
"""Of a scene of long audio; in each the front end begins anew."""
CLEAN_DB = 50.0
"""Ratio at which clips have a background where they are judged as they are."""
LEAD_S, TAIL_S = 0.3, 0.6
"""Of background before a clip, beyond what the network has to see first, and after it."""
BLOCK = 3000


@dataclass
class Scorer:
    """uint8 scores [steps, words] of features uint8 [frames, features]; a step every `stride` frames.

    Blocks overlap by what a step needs, so that every step is computed once, from its own frames.
    """

    graph: Graph
    field: int
    stride: int

    def __post_init__(self) -> None:
        steps = max((BLOCK - self.field) // self.stride, 0)
        self.block = self.field + steps * self.stride
        self._library = hosted(stepwise(self.graph, self.block))

    def __call__(self, frames: np.ndarray) -> np.ndarray:
        steps = (len(frames) - self.field) // self.stride + 1
        if steps < 1:
            return np.zeros((0, self._words), np.uint8)
        at_once = (self.block - self.field) // self.stride + 1
        found = []
        for first in range(0, steps, at_once):
            part = frames[first * self.stride :][: self.block]
            padded = np.pad(part, ((0, self.block - len(part)), (0, 0)))
            made = self._library((padded.astype(np.int16) - 128).astype(np.int8)[None])
            found.append(made.reshape(at_once, -1)[: steps - first])
        return np.asarray(np.concatenate(found).view(np.uint8) ^ np.uint8(128))

    @property
    def _words(self) -> int:
        return self.graph.tensors[self.graph.outputs[0]].type.shape[-1]


def listen(
    side: Side, number: int, features: Features, scorer: Scorer, hours: float, snr_db: float, workers: int,
    say: Callable[[str], None],
) -> Heard:  # fmt: skip
    """The scores of a side: clips as they are and under noise, and hours of scenes without words."""
    say(f"listening to {sum(map(len, side.clips))} clips and {hours:g} h of scenes")
    front = features.front
    lead = int(16000 * LEAD_S) + scorer.field * front.hop_samples
    tail = int(16000 * TAIL_S)

    def clip(job: tuple[np.ndarray, float, int]) -> np.ndarray:
        wave, snr, k = job
        return scorer(features(noisy(np.random.default_rng((number, k, 6)), wave, snr, lead, tail)))

    def scene(k: int) -> np.ndarray:
        return scorer(features(make_scene(side.cast, k, LONG_S).wave))

    with ThreadPoolExecutor(workers) as pool:
        parts = [[list(pool.map(clip, [(w, snr, k) for k, w in enumerate(waves)])) for waves in side.clips]
                 for snr in (CLEAN_DB, snr_db)]  # fmt: skip
        long = list(pool.map(scene, range(max(1, round(hours * 3600 / LONG_S)))))
    return Heard(parts[0], parts[1], long, scorer.stride * front.hop_ms / 1000, snr_db)


def warmup_steps(front: FrontEnd, field: int, stride: int) -> int:
    """Steps of a stream whose scores see frames from before its beginning."""
    return -(-(field + front.window_samples // front.hop_samples) // stride)


def peaks(scores: Sequence[np.ndarray]) -> np.ndarray:
    """Of each part, the greatest score of each word."""
    return np.stack([s.max(axis=0) for s in scores])
