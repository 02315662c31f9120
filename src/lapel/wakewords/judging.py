"""Scores of what is shipped, by its streaming firmware on this computer: of clips and of long audio."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from lapel.audio import chain
from lapel.ir import Graph
from lapel.proving.hosted import hosted
from lapel.records import Detector
from lapel.records.frontend import FrontEnd
from lapel.wakewords.evaluation import Heard
from lapel.wakewords.material import Side
from lapel.wakewords.scenes import make_scene, noisy

AT_ONCE = 4
"""Scenes, whatever the number of threads, so that the hours do not depend on it."""
LONG_S = 120.0
"""Of a scene of long audio; in each the stream begins anew."""
CLEAN_DB = 50.0
"""Ratio at which clips have a background where they are judged as they are."""
LEAD_S, TAIL_S = 0.3, 0.6
"""Of background before a clip, beyond the warm-up, and after it."""


@dataclass
class Scorer:
    """int16 [samples] -> uint8 scores [steps, words] of a stream that was just reset; threads may call at once.

    front, stream: the front end, and the network as a stream.
    """

    front: FrontEnd
    stream: Graph
    _own: threading.local = field(default_factory=threading.local)

    def __post_init__(self) -> None:
        graph = chain(self.front, self.stream)
        self.step_samples = graph.tensors[graph.arguments[0]].type.size
        self._first = hosted(graph)

    def __call__(self, wave: np.ndarray) -> np.ndarray:
        library = getattr(self._own, "library", None)
        if library is None:
            library = self._own.library = self._first.another()
        count = len(wave) // self.step_samples
        library.reset()
        made = library(np.ascontiguousarray(wave[: count * self.step_samples]).reshape(count, self.step_samples))
        return np.asarray(made.reshape(count, -1).view(np.uint8) ^ np.uint8(128))


def listen(
    side: Side, number: int, scorer: Scorer, rest: Detector, hours: float, snr_db: float, workers: int,
    say: Callable[[str], None],
) -> Heard:  # fmt: skip
    """The scores of a side: clips as they are and under noise, and scenes without words, as many as it takes for so
    many hours in which something can be heard, apart from words that sound alike. rest: a detector with its times."""
    say(f"listening to {sum(map(len, side.clips))} clips and {hours:g} h of scenes")
    lead = int(16000 * LEAD_S) + rest.warmup_steps * scorer.step_samples
    tail = int(16000 * TAIL_S)

    def clip(job: tuple[np.ndarray, float, int]) -> np.ndarray:
        wave, snr, k = job
        return scorer(noisy(np.random.default_rng((number, k, 6)), wave, snr, lead, tail))

    def scene(k: int) -> tuple[np.ndarray, list[tuple[int, int]]]:
        made = make_scene(side.cast, k, LONG_S)
        return scorer(made.wave), [(a // scorer.step_samples, b // scorer.step_samples) for a, b in made.alike]

    long, alike = list[np.ndarray](), list[list[tuple[int, int]]]()
    with ThreadPoolExecutor(workers) as pool:
        clean, under = (
            [list(pool.map(clip, [(w, snr, k) for k, w in enumerate(waves)])) for waves in side.clips]
            for snr in (CLEAN_DB, snr_db)
        )
        heard = Heard(clean, under, long, scorer.step_samples / 16000, snr_db, alike)
        while heard.hours(rest.warmup_steps, rest.refractory_steps) < hours:
            for scores, spans in pool.map(scene, range(len(long), len(long) + AT_ONCE)):
                long.append(scores)
                alike.append(spans)
    return heard
