"""The detector's reference: scores of a model, one row a step -> events. Integers; the C of `<name>_listen` is equal.

| name | dtype | shape | meaning |
|---|---|---|---|
| scores | uint8 | [steps, outputs] | 255 is certain; int8 outputs are shifted by 128 |

`Detecting` is the definition, step by step. `detect` gives the same for all steps at once, with thresholds that may be
others than the detector's, since that is what choosing them on hours of audio takes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from lapel.errors import InputError, UsageError
from lapel.records.detector import Detector, Event

THRESHOLD = 0.9
SMOOTHING = 5
QUIET_S = 1.0
"""Of a detector of which nothing is said: mean score, steps, and the seconds of warm-up and refractory time."""


def to_scores(outputs: np.ndarray, outputs_wanted: int = 1) -> np.ndarray:
    """uint8 [steps, outputs] of a model's outputs, int8 or uint8 [steps, …].

    Raises InputError: another dtype, no steps, fewer outputs than `outputs_wanted`.
    """
    if outputs.dtype not in (np.int8, np.uint8) or outputs.ndim < 1:
        raise InputError(f"scores are {outputs.dtype} {list(outputs.shape)}, expected int8 or uint8 [steps, outputs]")
    rows = (
        outputs.reshape(len(outputs), -1) if outputs.size else np.zeros((len(outputs), outputs_wanted), outputs.dtype)
    )
    if rows.shape[1] < outputs_wanted:
        raise InputError(
            f"a step has {rows.shape[1]} scores, expected at least {outputs_wanted}: is this the detector's model?"
        )
    return rows.view(np.uint8) ^ np.uint8(128) if rows.dtype == np.int8 else rows


def make_detector(
    words: Sequence[str],
    step_s: float,
    *,
    threshold: float = THRESHOLD,
    smoothing: int = SMOOTHING,
    refractory_s: float = QUIET_S,
    warmup_s: float = QUIET_S,
) -> Detector:
    """A detector whose words are a model's first outputs, in their order; times are rounded up to steps of step_s.

    threshold: of the mean score, as a share of 255. Raises UsageError for what no detector can have.
    """
    if not 0 < threshold <= 1:
        raise UsageError(f"threshold is {threshold}, expected a mean score above 0, at most 1")
    for name, seconds in (("refractory time", refractory_s), ("warm-up", warmup_s)):
        if not 0 <= seconds < math.inf:
            raise UsageError(f"{name} is {seconds} s, expected 0 or more")
    return Detector(
        words=tuple(words),
        outputs=tuple(range(len(words))),
        smoothing=smoothing,
        threshold_sums=(max(1, math.ceil(threshold * 255 * max(0, smoothing) - 1e-9)),) * len(words),
        refractory_steps=math.ceil(refractory_s / step_s - 1e-9),
        warmup_steps=math.ceil(warmup_s / step_s - 1e-9),
    )


class Detecting:
    """A detector at work, step by step.

    sums[w] is that of the last `smoothing` scores of word w that counted. After a reset the next `warmup_steps` do not
    count, after an event the next `refractory_steps`; either also clears the rings.
    """

    def __init__(self, detector: Detector) -> None:
        self.detector = detector
        self.reset()

    def reset(self) -> None:
        """As before the first step."""
        self.steps = 0
        self._clear(self.detector.warmup_steps)

    def restart(self) -> None:
        """As after a reset, but for the count of steps: the model lost its state."""
        self._clear(self.detector.warmup_steps)

    def resume(self) -> None:
        """As after a reset, but for the count of steps, and for what is left of a refractory time."""
        self._clear(max(self._quiet, self.detector.warmup_steps))

    def _clear(self, quiet_steps: int) -> None:
        self._quiet = quiet_steps
        self._at = 0
        self._rings = [[0] * self.detector.smoothing for _ in self.detector.words]
        self._sums = [0] * len(self.detector.words)

    def step(self, scores: Sequence[int] | np.ndarray) -> Event | None:
        """The event of one step, if there is one. scores: 0..255, of each output of the model."""
        d, step = self.detector, self.steps
        self.steps += 1
        if self._quiet:
            self._quiet -= 1
            return None
        found, most = None, 0
        for w, output in enumerate(d.outputs):
            self._sums[w] += int(scores[output]) - self._rings[w][self._at]
            self._rings[w][self._at] = int(scores[output])
            excess = self._sums[w] - d.threshold_sums[w]
            if excess >= 0 and (found is None or excess > most):
                found, most = w, excess
        self._at = (self._at + 1) % d.smoothing
        if found is None:
            return None
        event = Event(found, step, self._sums[found] // d.smoothing)
        self._clear(d.refractory_steps)
        return event


def detect(detector: Detector, scores: np.ndarray, threshold_sums: Sequence[int] | None = None) -> tuple[Event, ...]:
    """All events of scores uint8 [steps, outputs] from a reset on, as `Detecting` gives them.

    threshold_sums: in place of the detector's. Raises InputError where `to_scores` does.
    """
    d = detector if threshold_sums is None else replace(detector, threshold_sums=tuple(threshold_sums))
    rows = to_scores(scores, max(d.outputs) + 1)
    mine = rows[:, list(d.outputs)].astype(np.int64)
    before = np.concatenate([np.zeros((1, mine.shape[1]), np.int64), np.cumsum(mine, axis=0)])
    reached = _reached(d, before)
    events, first = list[Event](), d.warmup_steps
    while first < len(mine):
        step = _next(d, before, reached, first)
        if step is None:
            break
        sums = before[step + 1] - before[max(first, step + 1 - d.smoothing)]
        word = int(np.argmax(sums - np.array(d.threshold_sums)))  # the first of the largest
        events.append(Event(word, step, int(sums[word]) // d.smoothing))
        first = step + 1 + d.refractory_steps
    return tuple(events)


def _reached(d: Detector, before: np.ndarray) -> np.ndarray:
    """Steps, ascending, whose last `smoothing` scores, all counted, reach the threshold of a word."""
    sums = before[d.smoothing :] - before[: max(0, len(before) - d.smoothing)]
    return np.flatnonzero((sums >= np.array(d.threshold_sums)).any(axis=1)) + d.smoothing - 1


def _next(d: Detector, before: np.ndarray, reached: np.ndarray, first: int) -> int | None:
    """The first step with an event if the rings were cleared before `first`."""
    whole = first + d.smoothing - 1
    partial = before[first + 1 : whole + 1] - before[first]
    early = np.flatnonzero((partial >= np.array(d.threshold_sums)).any(axis=1))
    if len(early):
        return first + int(early[0])
    at = int(np.searchsorted(reached, whole))
    return int(reached[at]) if at < len(reached) else None
