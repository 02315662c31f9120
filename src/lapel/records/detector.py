"""`Detector`: how the scores of a model that listens become detections, and `Event`, one of them."""

from __future__ import annotations

from dataclasses import dataclass

from lapel.errors import UsageError, shown
from lapel.records.document import Record

MOST_SCORE = 255
MOST_WORDS = 32
MOST_SMOOTHING = 255
MOST_STEPS = 65535


@dataclass(frozen=True)
class Detector(Record):
    """When scores are a word; `lapel.audio.detector` computes it, SPEC says it to the bit.

    words: their names. outputs: of each word, the index of its score among the model's outputs. smoothing: how many
    scores of a word are summed. threshold_sums: of each word, the sum from which on it is a detection; a score is
    0..255. refractory_steps: steps after a detection that do not count. warmup_steps: steps after a reset that do not
    count. A step is one call of the model.

    Raises UsageError for anything that no detector can have.
    """

    words: tuple[str, ...]
    outputs: tuple[int, ...]
    smoothing: int
    threshold_sums: tuple[int, ...]
    refractory_steps: int
    warmup_steps: int

    def __post_init__(self) -> None:
        count = len(self.words)
        if not 1 <= count <= MOST_WORDS or len(set(self.words)) != count or "" in self.words:
            found = shown(", ".join(map(repr, self.words)))
            raise UsageError(f"detector: words are {found or 'none'}, expected 1 to {MOST_WORDS} different names")
        for name in ("outputs", "threshold_sums"):
            if len(getattr(self, name)) != count:
                raise UsageError(
                    f"detector: {name} are {len(getattr(self, name))}, expected {count}: one for each word"
                )
        if len(set(self.outputs)) != count or min(self.outputs) < 0:
            raise UsageError(f"detector: outputs are {self.outputs}, expected different indices from 0 on")
        _check("smoothing", self.smoothing, 1, MOST_SMOOTHING)
        for word, threshold in zip(self.words, self.threshold_sums, strict=True):
            _check(f"threshold_sum of {shown(word)}", threshold, 1, MOST_SCORE * self.smoothing)
        _check("refractory_steps", self.refractory_steps, 0, MOST_STEPS)
        _check("warmup_steps", self.warmup_steps, 0, MOST_STEPS)


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"detector: {name} is {value}, expected {least} to {most}")


@dataclass(frozen=True)
class Event:
    """A detection. word: its index in the detector. step: since the last reset. score: mean of the scores, 0..255."""

    word: int
    step: int
    score: int
