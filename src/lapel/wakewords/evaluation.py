"""What is missed, and what is heard by mistake: counted on clips and on hours of sound, with exact intervals.

Sources of the intervals: Clopper and Pearson (1934), The use of confidence or fiducial limits; Garwood (1936), Fiducial
limits for the Poisson distribution. Of the rate above a threshold that is seldom reached: Pickands (1975), Statistical
inference using extreme order statistics.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.audio.detector import detect
from lapel.errors import MissingTool
from lapel.records import Detector, Rate, WordFigures

CONFIDENCE = 0.95
SMOOTHINGS = (1, 2, 3, 4, 5, 6, 8)
"""Steps over which scores are summed, tried in validation."""
CURVE = 24
"""Points of a curve."""
WISHED = (0.04, 0.12)
"""Shares of clips that may be missed, as they are and under noise."""
CLUSTER = 3.0
"""False accepts that have one cause: a voice or a recording that is taken for the word once is so whenever it is heard,
which is a few times in hours of scenes. So many of them tell no more than one would, and come as one elsewhere."""
TAIL, LEAST_TAIL = 24, 8
"""Peaks of long audio by which the rate of still greater ones is estimated; with fewer it is not."""
TOLD = 0.5
"""Times that a sum is reached in all of it: of what would be more seldom they tell nothing."""
ALIKE = 0.99
"""Of the greatest probability: thresholds that have so much of it are as good, and the one in the middle is taken."""


@dataclass(frozen=True, eq=False)
class Heard:
    """Scores uint8 [steps, words] of a part of the data: of each word's clips, of them under noise, and of long audio
    without any word, scene by scene. step_s: of a step. alike: of each scene the steps from and to which words that
    sound alike are said."""

    clips: Sequence[Sequence[np.ndarray]]
    noisy: Sequence[Sequence[np.ndarray]]
    long: Sequence[np.ndarray]
    step_s: float
    snr_db: float
    alike: Sequence[Sequence[tuple[int, int]]] = ()

    def plain(self, scene: int, late: int) -> np.ndarray:
        """bool [steps]: where in long audio no word that sounds alike is said, nor was within so many steps."""
        made = np.ones(len(self.long[scene]), bool)
        for first, last in self.alike[scene] if self.alike else ():
            made[first : last + late + 1] = False
        return made

    def hours(self, warmup_steps: int, late: int | None = None) -> float:
        """Of long audio in which something can be heard; late: without what `plain` leaves out."""
        counted = [len(scores) if late is None else self.plain(k, late) for k, scores in enumerate(self.long)]
        steps = [max(c - warmup_steps, 0) if isinstance(c, int) else int(c[warmup_steps:].sum()) for c in counted]
        return sum(steps) * self.step_s / 3600


def missed_rate(events: int, trials: int) -> Rate:
    """A share with its interval."""
    beta = _distributions().beta
    tail = (1 - CONFIDENCE) / 2
    low = float(beta.ppf(tail, events, trials - events + 1)) if events else 0.0
    high = float(beta.ppf(1 - tail, events + 1, trials - events)) if events < trials else 1.0
    return Rate(events, trials, events / trials, low, high)


def hourly_rate(events: int, hours: float) -> Rate:
    """A rate an hour with its interval."""
    chi2 = _distributions().chi2
    tail = (1 - CONFIDENCE) / 2
    low = float(chi2.ppf(tail, 2 * events)) / 2 / hours if events else 0.0
    return Rate(events, hours, events / hours, low, float(chi2.ppf(1 - tail, 2 * events + 2)) / 2 / hours)


def _distributions() -> Any:
    try:
        from scipy import stats
    except ImportError as e:
        raise MissingTool('scipy is not installed, intervals need it: pip install "lapel[train]"') from e
    return stats


def figures(detector: Detector, heard: Heard) -> tuple[WordFigures, ...]:
    """How each word of a detector does."""
    found = [detect(detector, scores) for scores in heard.long]
    return tuple(
        WordFigures(
            word,
            heard.snr_db,
            _missed(detector, w, heard.clips[w]),
            _missed(detector, w, heard.noisy[w]),
            *_accepted(detector, heard, [[e.step for e in events if e.word == w] for events in found]),
            _curve(detector, w, heard),
        )
        for w, word in enumerate(detector.words)
    )


def _accepted(detector: Detector, heard: Heard, found: Sequence[Sequence[int]]) -> tuple[Rate, Rate, Rate | None]:
    """Of a word's events on long audio, the steps of each scene: those apart from words that sound alike, all of them,
    and the share of the words that sound alike at which there is one; None where none is said."""
    warmup, late = detector.warmup_steps, detector.refractory_steps
    apart = sum(int(heard.plain(k, late)[list(steps)].sum()) for k, steps in enumerate(found))
    said = [
        any(first <= step <= last + late for step in found[k])
        for k, spans in enumerate(heard.alike) for first, last in spans if first >= warmup
    ]  # fmt: skip
    return (
        hourly_rate(apart, heard.hours(warmup, late)),
        hourly_rate(sum(map(len, found)), heard.hours(warmup)),
        missed_rate(sum(said), len(said)) if said else None,
    )


def choose(
    words: Sequence[str], heard: Heard, rest: Detector, false_accepts_per_h: float, synthesized: Collection[str] = ()
) -> Detector:
    """The smoothing and the thresholds that most probably keep to what is wished, on other audio: to WISHED, and to a
    rate of false accepts, those at words that sound alike apart.

    rest: a detector with its refractory time and warm-up. One smoothing is for all words. synthesized: words whose
    clips here are no people's, so that nobody knows how much higher a threshold might be: theirs is the least that is
    quiet enough.
    """
    best: tuple[tuple[float, ...], Detector] | None = None
    for smoothing in SMOOTHINGS:
        chosen = [
            _threshold(_alone(rest, w, smoothing), w, heard, false_accepts_per_h, word not in synthesized)
            for w, word in enumerate(words)
        ]
        detector = replace(rest, smoothing=smoothing, threshold_sums=tuple(c[0] for c in chosen))
        rank = (-sum(c[2] for c in chosen), sum(c[1] for c in chosen))
        if best is None or rank > best[0]:
            best = rank, detector
    assert best is not None
    return best[1]


def _threshold(alone: Detector, word: int, heard: Heard, rate_per_h: float, raised: bool) -> tuple[int, float, int]:
    """A word's threshold sum, the logarithm of the probability that it keeps to what is wished, and the false accepts
    beyond those allowed.

    raised: above the least one that has no more false accepts here than are allowed, as far as that is more probable.
    """
    hours = heard.hours(alone.warmup_steps, alone.refractory_steps)
    allowed = int(rate_per_h * hours)
    peaks = np.sort(_peaks(alone, word, heard))[::-1]
    most = 255 * alone.smoothing
    least = int(peaks[allowed]) + 1 if len(peaks) > allowed else 1
    least = min(max(least, alone.smoothing * 64), most)
    tried = np.arange(least, most + 1)
    clips = [np.array([_peak(alone, word, s) for s in part[word]]) for part in (heard.clips, heard.noisy)]
    kept = _quiet(peaks, tried, most, rate_per_h * hours)
    for found, share in zip(clips, WISHED, strict=True):
        kept = kept + _missed_seldom((found < tried[:, None]).sum(axis=1), len(found), share)
    best = np.flatnonzero(kept >= kept.max() + math.log(ALIKE))
    chosen = int(best[len(best) // 2]) if raised else 0
    return int(tried[chosen]), float(kept[chosen]), max(int((peaks >= tried[chosen]).sum()) - allowed, 0)


def _missed_seldom(missed: np.ndarray, clips: int, share: float) -> np.ndarray:
    """Logarithms of the probability that no greater share is missed of all clips that there are, where so many were of
    these. Of the share nothing is known before: Jeffreys' prior."""
    made = _distributions().beta.logcdf(share, missed + 0.5, clips - missed + 0.5)
    return np.asarray(made)


def _quiet(peaks: np.ndarray, sums: np.ndarray, most: int, allowed: float) -> np.ndarray:
    """Logarithms of the probability that a sum is reached no more often than allowed, in other audio of this length.

    peaks: falling. A sum is taken to be reached here as often as counted and estimated by the peaks below it, the mean
    of both; of the rate nothing is known before, and CLUSTER events are one.
    """
    counted = (peaks >= sums[:, None]).sum(axis=1)
    often = (counted + _estimated(peaks, sums, most)) / 2
    return np.asarray(_distributions().gamma.logcdf(allowed / CLUSTER, often / CLUSTER + 0.5))


def _estimated(peaks: np.ndarray, sums: np.ndarray, most: int) -> np.ndarray:
    """How often sums are reached, by the greatest peaks (falling): as often as counted where there are too few of them,
    and below them.

    The few that are greatest say little; the log odds of more of them fall off exponentially, at a mean that they all
    tell. most: the greatest sum.
    """
    counted = (peaks >= sums[:, None]).sum(axis=1).astype(float)
    greatest = peaks[: TAIL + 1]
    if len(peaks) <= TAIL or len(np.unique(greatest)) < LEAST_TAIL:
        return counted

    def odds(x: np.ndarray) -> np.ndarray:
        return np.asarray(np.log((x + 0.5) / (most + 0.5 - x)))

    falls = float(np.mean(odds(greatest[:TAIL]) - odds(greatest[TAIL])))
    return np.where(sums > greatest[TAIL], TAIL * np.exp(-(odds(sums) - odds(greatest[TAIL])) / falls), counted)


def _alone(rest: Detector, word: int, smoothing: int) -> Detector:
    return replace(
        rest,
        words=rest.words[word : word + 1],
        outputs=rest.outputs[word : word + 1],
        smoothing=smoothing,
        threshold_sums=(1,),
    )


def _sums(detector: Detector, word: int, scores: np.ndarray) -> np.ndarray:
    """int64: of each step that counts, the sum of the last scores of a word."""
    counted = scores[detector.warmup_steps :, word].astype(np.int64)
    padded = np.concatenate([np.zeros(detector.smoothing, np.int64), np.cumsum(counted)])
    return np.asarray(padded[detector.smoothing :] - padded[: -detector.smoothing])


def _peak(detector: Detector, word: int, scores: np.ndarray) -> int:
    sums = _sums(detector, word, scores)
    return int(sums.max()) if len(sums) else 0


def _peaks(detector: Detector, word: int, heard: Heard) -> np.ndarray:
    """The greatest sums of long audio apart from words that sound alike, one in each refractory time."""
    found = [np.zeros(0, np.int64)]
    size = detector.refractory_steps + 1
    for k, scores in enumerate(heard.long):
        plain = heard.plain(k, detector.refractory_steps)[detector.warmup_steps :]
        sums = np.where(plain, _sums(detector, word, scores), 0)
        padded = np.pad(sums, (0, -len(sums) % size))
        found.append(padded.reshape(-1, size).max(axis=1))
    return np.concatenate(found)


def _missed(detector: Detector, word: int, clips: Sequence[np.ndarray]) -> Rate:
    heard = sum(any(e.word == word for e in detect(detector, scores)) for scores in clips)
    return missed_rate(len(clips) - heard, len(clips))


def _curve(detector: Detector, word: int, heard: Heard) -> tuple[tuple[float, ...], ...]:
    """Other thresholds of a word, the others' as they are not: it listens alone."""
    alone = _alone(detector, word, detector.smoothing)
    peaks, hours = _peaks(alone, word, heard), heard.hours(alone.warmup_steps, alone.refractory_steps)
    parts = [np.array([_peak(alone, word, s) for s in part[word]]) for part in (heard.clips, heard.noisy)]
    most = 255 * alone.smoothing
    found = []
    for threshold in sorted({*np.linspace(most * 0.1, most, CURVE).astype(int), detector.threshold_sums[word]}):
        shares = [float((part < threshold).mean()) for part in parts]
        found.append((float(threshold), *shares, float((peaks >= threshold).sum()) / hours))
    return tuple(found)
