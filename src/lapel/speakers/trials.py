"""Trials of speakers: who is taken for whom, the rate of equal errors, and its interval.

A template is made of some utterances of a speaker; every other utterance of the same text is a trial. An interval is
that of resampled speakers and, in each of them, resampled utterances, which is what other speakers and other utterances
would vary. Sources: Brümmer and du Preez (2006), Application-independent evaluation of speaker detection, section 2;
Efron and Tibshirani (1993), An introduction to the bootstrap, chapter 13 (percentiles); Poh and Bengio (2007),
Estimating the confidence interval of expected performance curve in biometric authentication using joint bootstrap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import InputError, MissingTool
from lapel.records import Interval, SpeakerFigures

BOUNDS = (2.5, 97.5)
"""Percentiles of an interval."""
LEAST_SPEAKERS = 2
MISSING = 'scikit-learn is not installed, figures of speakers need it: pip install "lapel[train]"'
Score = Callable[[Sequence[int], Sequence[int]], np.ndarray]
"""(utterances of a template, utterances of trials) -> a score of each trial."""


@dataclass(frozen=True, eq=False)
class Trials:
    """scores [T]; template, speaker: of whom template and utterance are, as numbers; utterance: its number; all [T]."""

    scores: np.ndarray
    template: np.ndarray
    speaker: np.ndarray
    utterance: np.ndarray

    @property
    def genuine(self) -> np.ndarray:
        """bool [T]: where both are of one speaker."""
        return self.template == self.speaker


@dataclass(frozen=True)
class Enrolment:
    """A template: its speaker, the utterances that it is made of, and those that are compared with it."""

    speaker: int
    made_of: tuple[int, ...]
    compared: tuple[int, ...]


def enrolments(
    speakers: Sequence[str], texts: Sequence[str], utterances: int, draws: int, seed: int, where: str
) -> list[Enrolment]:
    """Of each speaker and text so many templates, of utterances that are drawn.

    Raises InputError: fewer than two speakers say any text often enough.
    """
    names = sorted(set(speakers))
    at = {(s, t): [k for k, pair in enumerate(zip(speakers, texts, strict=True)) if pair == (s, t)]
          for s, t in sorted(set(zip(speakers, texts, strict=True)))}  # fmt: skip
    found = []
    for n, ((speaker, text), own) in enumerate(at.items()):
        others = [k for (s, t), ks in at.items() if t == text and s != speaker for k in ks]
        if len(own) <= utterances or not others:
            continue
        for draw in range(draws):
            rng = np.random.default_rng((seed, n, draw, 11))
            made_of = sorted(int(k) for k in rng.choice(own, utterances, replace=False))
            rest = [k for k in own if k not in made_of]
            found.append(Enrolment(names.index(speaker), tuple(made_of), (*rest, *others)))
    if len({e.speaker for e in found}) < LEAST_SPEAKERS:
        raise InputError(
            f"{where}: {len(names)} speakers of {len(speakers)} utterances, expected two or more who say the same text "
            f"{utterances + 1} times or more: add recordings, or name who speaks and what is said"
        )
    return found


def score_trials(found: Sequence[Enrolment], speakers: Sequence[str], score: Score) -> Trials:
    """Every trial of these enrolments."""
    number = {name: k for k, name in enumerate(sorted(set(speakers)))}
    parts: list[tuple[np.ndarray, ...]] = []
    for enrolment in found:
        compared = np.array(enrolment.compared)
        scores = np.asarray(score(enrolment.made_of, enrolment.compared), np.float64)
        said = np.array([number[speakers[k]] for k in compared])
        parts.append((scores, np.full(len(compared), enrolment.speaker), said, compared))
    return Trials(*(np.concatenate(p) for p in zip(*parts, strict=True)))


def equal_error(trials: Trials, weights: np.ndarray | None = None) -> tuple[float, float]:
    """(the share of errors where both are alike, the score from which on a trial is accepted there)."""
    false, true, thresholds = _metrics().roc_curve(trials.genuine, trials.scores, sample_weight=weights)
    missed = 1.0 - true
    k = int(np.argmax(false >= missed))
    if k == 0:
        return 0.0, float(thresholds[min(1, len(thresholds) - 1)])
    gap_before, gap = missed[k - 1] - false[k - 1], false[k] - missed[k]
    part = gap_before / (gap_before + gap) if gap_before + gap > 0 else 0.0
    error = false[k - 1] + part * (false[k] - false[k - 1])
    return float(error), float(thresholds[k])


def errors_at(trials: Trials, threshold: float, weights: np.ndarray | None = None) -> tuple[float, float]:
    """(share of genuine trials below the threshold, share of impostors that reach it)."""
    w = np.ones(len(trials.scores)) if weights is None else weights
    passed, own = trials.scores >= threshold, trials.genuine
    return float(np.average(~passed[own], weights=w[own])), float(np.average(passed[~own], weights=w[~own]))


def figures(
    trials: Trials, material: str, method: str, resamples: int, seed: int, threshold: float | None = None
) -> SpeakerFigures:
    """The rate of equal errors and the errors at a threshold, with intervals."""

    def measured(weights: np.ndarray | None) -> tuple[float, ...]:
        at = () if threshold is None else errors_at(trials, threshold, weights)
        return (equal_error(trials, weights)[0], *at)

    values = measured(None)
    drawn = np.array([measured(w) for w in _resampled(trials, resamples, seed)])
    bounds = np.percentile(drawn, BOUNDS, axis=0)
    intervals = [Interval(v, float(low), float(high)) for v, low, high in zip(values, *bounds, strict=True)]
    genuine = int(trials.genuine.sum())
    return SpeakerFigures(
        material,
        method,
        len(set(trials.template.tolist()) | set(trials.speaker.tolist())),
        genuine,
        len(trials.scores) - genuine,
        intervals[0],
        *intervals[1:],
    )


def _resampled(trials: Trials, count: int, seed: int) -> Iterator[np.ndarray]:
    """Weights of all trials, once for each draw of speakers and of utterances in them.

    A speaker who is drawn twice is no impostor to himself, so that draws of one speaker alone have no impostors: these
    are drawn again.
    """
    rng = np.random.default_rng((seed, 12))
    speakers, utterances = int(max(trials.template.max(), trials.speaker.max())) + 1, int(trials.utterance.max()) + 1
    owner = np.full(utterances, -1)
    owner[trials.utterance] = trials.speaker
    own = [np.flatnonzero(owner == s) for s in range(speakers)]
    made = 0
    while made < count:
        people = np.bincount(rng.integers(speakers, size=speakers), minlength=speakers)
        clips = np.zeros(utterances)
        for mine in own:
            if len(mine):
                clips[mine] = np.bincount(rng.integers(len(mine), size=len(mine)), minlength=len(mine))
        cross = np.where(trials.genuine, 1, people[trials.speaker])
        weights = people[trials.template] * cross * clips[trials.utterance]
        if weights[trials.genuine].any() and weights[~trials.genuine].any():
            made += 1
            yield weights.astype(np.float64)


def _metrics() -> Any:
    try:
        from sklearn import metrics
    except ImportError as e:
        raise MissingTool(MISSING) from e
    return metrics
