"""Thresholds of gate, words and check together: every setting that is asked for, on audio, weighed against power.

The gate is passed over once, the words once for each of its settings; detectors and checks are tried on what these
said. So all settings take little more time than those of the gate.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

import numpy as np

from lapel.cascades.costs import StepCosts, power_of
from lapel.cascades.gate import listened, spans, sustained
from lapel.cascades.simulator import Heard, Simulator, active_steps
from lapel.errors import InputError, UsageError
from lapel.keywords import Between
from lapel.records import Cascade, Cascaded, CascadePoint, CascadeTuning, Detector
from lapel.records.detector import MOST_SCORE
from lapel.wakewords.scenes import Mark

LATE_S = 1.0
"""After a word's end, within which a detection is of it."""
MOST_POINTS = 60
"""Of settings that are kept in a record."""
MOST_SETTINGS = 20000
REACHED = LEAST, FEWEST = "the least power", "the fewest misses"
"""How a choice begins that is what was wished."""


@dataclass(frozen=True, eq=False)
class Take:
    """Audio to tune on. steps: int16 [N, samples of a step]; marks: where words are said in it, in samples."""

    steps: np.ndarray
    marks: tuple[Mark, ...] = ()


@dataclass(frozen=True)
class TuningOptions:
    """What is tried, and what is wished.

    ratio: of loudness to the noise floor, in sixteenths, from which on a row is active; onset_ms, hangover_ms,
    preroll_ms, warmup_ms: of active steps in a row, of listening on, of listening before, and of what does not count at
    first, rounded up to steps; refresh_ms: in which one step is heard while the words sleep, 0 for none.
    smoothing_ms: of the scores that the detector sums, rounded up to steps, 0 for as many as in the words' record; the
    threshold is that of the same mean score. strictness: factors of the detector's thresholds; verifier_strictness: of
    the room between a threshold of the check and the greatest score, how much of it is added, or of its own value taken
    off. extra_misses: share of the words that may be missed beyond those that are without a gate. saved_times: by how
    many times fewer instructions than the words alone take: of settings that save so much the one that misses least is
    taken, in place of the one that takes the least power; 0: nothing of the kind. false_accepts_per_h: that are
    allowed. microphone: whose power is added.
    """

    ratio: Sequence[Annotated[int, Between(0, 65535)]] = (48, 192, 800)
    onset_ms: Sequence[Annotated[float, Between(0, 3000)]] = (40.0, 80.0, 120.0)
    hangover_ms: Sequence[Annotated[float, Between(0, 10000)]] = (500.0, 650.0, 800.0)
    preroll_ms: Sequence[Annotated[float, Between(0, 3000)]] = (80.0, 200.0, 400.0, 800.0)
    refresh_ms: Sequence[Annotated[float, Between(0, 60000)]] = (0.0,)
    warmup_ms: Sequence[Annotated[float, Between(0, 3000)]] = (0.0,)
    smoothing_ms: Sequence[Annotated[float, Between(0, 10000)]] = (0.0,)
    strictness: Sequence[Annotated[float, Between(0.05, 4)]] = (0.8, 0.9, 0.95, 1.0, 1.05, 1.1)
    verifier_strictness: Sequence[Annotated[float, Between(-1, 1)]] = (-0.5, -0.2, 0.0, 0.2, 0.5)
    extra_misses: Annotated[float, Between(0, 1)] = 0.01
    saved_times: Annotated[float, Between(0, 10000)] = 0.0
    false_accepts_per_h: Annotated[float, Between(0, 10000)] = 0.5
    microphone: str | None = None


@dataclass
class _Found:
    """What a setting gives on all takes."""

    missed: int = 0
    accepts: int = 0
    listened: int = 0
    checks: int = 0


@dataclass
class _Ears:
    """A take with what was heard of it last; of: how it was refreshed then, and in which runs of steps."""

    take: Take
    rows: np.ndarray
    of: tuple[int, Sequence[tuple[int, int]]] = (0, ())
    heard: Sequence[Heard] = ()

    def hear(self, simulator: Simulator, runs: Sequence[tuple[int, int]], asked: Cascade) -> Sequence[Heard]:
        """What is said of each of these runs, of which the first begins behind a reset."""
        of = asked.refresh_steps, runs
        if of != self.of:
            self.heard, self.of = simulator.runs(self.take.steps, runs, asked), of
        return self.heard


def tune(
    simulator: Simulator, takes: Sequence[Take], costs: StepCosts, options: TuningOptions, audio: str
) -> CascadeTuning:
    """Try all settings. audio: what the takes are, a sentence.

    Raises InputError where nothing is said in the takes; UsageError: more settings than anybody waits for.
    """
    words = sum(len(t.marks) for t in takes)
    if not words:
        raise InputError("nothing to tune on: no word is said in this audio; give recordings of it as [positives.WORD]")
    ears = [_Ears(t, simulator.rows(t.steps)) for t in takes]
    tuner = _Tuner(simulator, ears, costs, options)
    alone = tuner.alone()
    points = [tuner.point(*setting) for setting in tuner.settings()]
    best = _best(points)
    chosen, choice = _choose(best, alone, options)
    kept = _kept(best, chosen)
    return CascadeTuning(
        audio=audio,
        seconds=sum(t.steps.size for t in takes) / simulator.stages.gating.hearing.rate_hz,
        words=words,
        alone=alone,
        points=tuple(kept),
        tried=len(points),
        chosen=kept.index(chosen),
        choice=choice,
    )


Setting = tuple[Cascade, Detector, tuple[int, ...]]
"""The gate, the detector, and the check's thresholds, none without one."""


def _runs(ears: _Ears, asked: Cascade) -> list[tuple[int, int]]:
    """Steps of a take that are heard with this gate."""
    active = sustained(active_steps(ears.rows, asked), asked.onset_steps)
    return spans(active, asked.hangover_steps, asked.preroll_steps)


def matched(take: Take, events: Sequence[tuple[int, int]], rate_hz: int) -> tuple[list[bool], int]:
    """Of each word that is said whether it was detected, and how many detections are of none. events: (step, word)."""
    late, size, left = round(LATE_S * rate_hz), take.steps.shape[1], list(events)
    found = list[bool]()
    for mark in take.marks:
        own = [e for e in left if e[1] == mark.word and mark.start <= (e[0] + 1) * size <= mark.end + late]
        found.append(bool(own))
        left = [e for e in left if e not in own]
    return found, len(left)


@dataclass
class Judged:
    """What a cascade, or its words alone, do on takes. heard: of each word that is said whether it was detected;
    accepts: detections of none; listened: share of the steps."""

    heard: list[bool]
    accepts: int
    listened: float


def judge(simulator: Simulator, takes: Sequence[Take], detectors: Sequence[Detector], gated: bool) -> list[Judged]:
    """What each of these detectors does on the takes, what the simulator's check drops left out.

    gated: behind the simulator's gate; else as the words' model does that listens all the time.
    """
    gating = simulator.stages.gating
    asked, thresholds = gating.asked, gating.check.thresholds if gating.check else ()
    found, steps = [Judged([], 0, 0.0) for _ in detectors], sum(len(t.steps) for t in takes)
    for take in takes:
        runs = _runs(_Ears(take, simulator.rows(take.steps)), asked) if gated else [(0, len(take.steps))]
        heard = simulator.runs(take.steps, runs, asked)
        share = (listened(runs, len(take.steps), asked) if gated else len(take.steps)) / steps
        for one, detector in zip(found, detectors, strict=True):
            said = [(runs[k][0] + c.event.step, c.event.word)
                    for k, c in simulator.candidates(heard, detector) if c.passes(thresholds)]  # fmt: skip
            words, others = matched(take, said, gating.hearing.rate_hz)
            one.heard += words
            one.accepts += others
            one.listened += share
    return found


class _Tuner:
    """All settings on some takes."""

    def __init__(self, simulator: Simulator, ears: Sequence[_Ears], costs: StepCosts, options: TuningOptions) -> None:
        gating = simulator.stages.gating
        self._simulator, self._ears, self._costs, self._options = simulator, ears, costs, options
        self._asked, self._detector, self._check = gating.asked, gating.hearing.detector, gating.check
        self._rate_hz, self._size = gating.hearing.rate_hz, simulator.stages.step_samples
        self._steps = sum(len(e.take.steps) for e in ears)
        self._words = sum(len(e.take.marks) for e in ears)

    def settings(self) -> Iterator[tuple[Setting, _Found]]:
        """Every setting with what it gives."""
        gates, detectors, checks = list(self._gates()), list(self._detectors(self._options.warmup_ms)), self._checks()
        tried = len(gates) * len(detectors) * len(checks)
        if tried > MOST_SETTINGS:
            raise UsageError(
                f"[tuning] asks for {tried:,} settings, expected {MOST_SETTINGS:,} at most: try fewer values"
            )
        for asked in gates:
            runs = [_runs(e, asked) for e in self._ears]
            for detector in detectors:
                for thresholds, found in zip(checks, self._count(runs, asked, detector, checks), strict=True):
                    yield (asked, detector, thresholds), found

    def alone(self) -> CascadePoint:
        """The words without gate or check: the fewest misses within the false accepts that are allowed, by the same
        smoothings and factors of the thresholds."""
        whole = [[(0, len(e.take.steps))] for e in self._ears]
        unchecked = [(-(1 << 20),) * len(self._detector.words)]
        points = list[CascadePoint]()
        for detector in self._detectors((1000 * self._detector.warmup_steps * self._size / self._rate_hz,)):
            (found,) = self._count(whole, self._asked, detector, unchecked)
            made = self._costs.alone(self._cascaded(self._asked, replace(found, checks=0)))
            points.append(self._point((self._asked, detector, ()), replace(found, checks=0), made))
        allowed = self._options.false_accepts_per_h
        return min(points, key=lambda p: (max(p.false_accepts, allowed), p.missed, p.false_accepts))

    def point(self, setting: Setting, found: _Found) -> CascadePoint:
        """A setting with its figures."""
        made = self._costs.applied(self._cascaded(setting[0], found), found.checks)
        return self._point(setting, found, made)

    def _steps_of(self, ms: float) -> int:
        return int(np.ceil(ms * self._rate_hz / 1000 / self._size - 1e-9))

    def _gates(self) -> Iterator[Cascade]:
        o = self._options
        hangovers = sorted({self._steps_of(ms) for ms in o.hangover_ms})
        prerolls = sorted({self._steps_of(ms) for ms in o.preroll_ms})
        onsets = sorted({max(1, self._steps_of(ms)) for ms in o.onset_ms})
        every = sorted({self._steps_of(ms) for ms in o.refresh_ms})
        for ratio, preroll, hangover, onset, steps in itertools.product(o.ratio, prerolls, hangovers, onsets, every):
            yield replace(
                self._asked, ratio=ratio, hangover_steps=hangover, preroll_steps=preroll, onset_steps=onset,
                refresh_steps=steps,
            )  # fmt: skip

    def _detectors(self, warmup_ms: Sequence[float]) -> Iterator[Detector]:
        d, own = self._detector, self._detector.smoothing
        made = dict[Detector, None]()
        counts = dict.fromkeys(self._steps_of(ms) or own for ms in self._options.smoothing_ms)
        for ms, count, factor in itertools.product(warmup_ms, counts, self._options.strictness):
            most = MOST_SCORE * count
            sums = tuple(min(max(1, round(t * count / own * factor)), most) for t in d.threshold_sums)
            made[replace(d, warmup_steps=self._steps_of(ms), smoothing=count, threshold_sums=sums)] = None
        return iter(made)

    def _checks(self) -> list[tuple[int, ...]]:
        """Thresholds of the check by strictness: towards the greatest score, or towards none."""
        if self._check is None:
            return [()]
        if self._check.template:  # of a speaker, whom nobody has enrolled yet: the verifier's own is kept
            return [self._check.thresholds]
        made = dict[tuple[int, ...], None]()
        for share in self._options.verifier_strictness:
            room = [self._check.most - t if share > 0 else t - self._check.least for t in self._check.thresholds]
            made[tuple(round(t + share * r) for t, r in zip(self._check.thresholds, room, strict=True))] = None
        return list(made)

    def _count(
        self,
        runs: Sequence[Sequence[tuple[int, int]]],
        asked: Cascade,
        detector: Detector,
        checks: Sequence[tuple[int, ...]],
    ) -> list[_Found]:
        """What each of the check's thresholds gives, in these runs of steps of each take."""
        found = [_Found() for _ in checks]
        for ears, each in zip(self._ears, runs, strict=True):
            said = self._simulator.candidates(ears.hear(self._simulator, each, asked), detector)
            heard = [(each[k][0] + c.event.step, c) for k, c in said]
            for one, thresholds in zip(found, checks, strict=True):
                passed = [(step, c.event.word) for step, c in heard if c.passes(thresholds)]
                said_marks, others = matched(ears.take, passed, self._rate_hz)
                one.missed += len(said_marks) - sum(said_marks)
                one.accepts += others
                one.listened += listened(each, len(ears.take.steps), asked)
                one.checks += len(heard) if self._check is not None else 0
        return found

    def _cascaded(self, asked: Cascade, found: _Found) -> Cascaded:
        return Cascaded(
            model=self._simulator.stages.words.name, target=None, cascade=asked,
            seconds=self._steps * self._size / self._rate_hz, steps=self._steps,
            step_ms=1000 * self._size / self._rate_hz, active_steps=0, listened_steps=found.listened,
            openings=0, events=0, events_alone=0, missed=0, added=0, ring_bytes=0,
        )  # fmt: skip

    def _point(self, setting: Setting, found: _Found, made: Cascaded) -> CascadePoint:
        asked, detector, thresholds = setting
        hours = made.seconds / 3600
        return CascadePoint(
            cascade=asked,
            warmup_steps=detector.warmup_steps,
            threshold_sums=detector.threshold_sums,
            verifier=thresholds,
            missed=found.missed / self._words,
            false_accepts=found.accepts / hours,
            listened=found.listened / self._steps,
            checks=found.checks / hours,
            instructions_s=made.average_instructions_s or 0.0,
            power_uw=power_of(made, self._options.microphone).power_uw.value,
            smoothing=detector.smoothing,
        )


def _figures(p: CascadePoint) -> tuple[float, float, float]:
    return p.power_uw, p.missed, p.false_accepts


def _best(points: Sequence[CascadePoint]) -> list[CascadePoint]:
    """Those than which none is better in one figure and as good in the others, by power."""
    best: list[CascadePoint] = []
    for p in sorted(points, key=_figures):
        if not any(all(a <= b for a, b in zip(_figures(q), _figures(p), strict=True)) for q in best):
            best.append(p)
    return best


def _choose(best: Sequence[CascadePoint], alone: CascadePoint, o: TuningOptions) -> tuple[CascadePoint, str]:
    """The least power within what may be missed and accepted, or the fewest misses within what may be spent; else the
    nearest to it, and a sentence that says so."""
    if o.saved_times:
        return _fewest(best, alone, o)
    most = alone.missed + o.extra_misses
    wished = f"{100 * most:.1f} % of the words missed ({100 * alone.missed:.1f} % without a gate)"
    wished += f" and {o.false_accepts_per_h:g} false accepts an hour"
    within = [p for p in best if p.missed <= most + 1e-9 and p.false_accepts <= o.false_accepts_per_h]
    if within:
        return min(within, key=_figures), f"{LEAST} within {wished}"
    near = [p for p in best if p.false_accepts <= o.false_accepts_per_h]
    if near:
        found = min(near, key=lambda p: (p.missed, *_figures(p)))
        return found, f"no setting is within {wished}: the fewest misses among those with few enough false accepts"
    found = min(best, key=lambda p: (p.false_accepts, p.missed, p.power_uw))
    return found, f"no setting is within {wished}: the fewest false accepts"


def _fewest(best: Sequence[CascadePoint], alone: CascadePoint, o: TuningOptions) -> tuple[CascadePoint, str]:
    """As `_choose`, of what saves enough."""
    wished = f"{o.saved_times:g} times fewer instructions than without a gate ({100 * alone.missed:.1f} % missed)"
    wished += f" and {o.false_accepts_per_h:g} false accepts an hour"
    quiet = [p for p in best if p.false_accepts <= o.false_accepts_per_h]
    within = [p for p in quiet if p.instructions_s * o.saved_times <= alone.instructions_s]
    if within:
        return min(within, key=lambda p: (p.missed, *_figures(p))), f"{FEWEST} within {wished}"
    if quiet:
        found = min(quiet, key=_figures)
        return found, f"no setting is within {wished}: the least power among those with few enough false accepts"
    found = min(best, key=lambda p: (p.false_accepts, p.missed, p.power_uw))
    return found, f"no setting is within {wished}: the fewest false accepts"


def _kept(best: Sequence[CascadePoint], chosen: CascadePoint) -> list[CascadePoint]:
    """As many as a record has, spread evenly, the chosen one among them."""
    every = -(-len(best) // MOST_POINTS)
    return [p for k, p in enumerate(best) if k % every == 0 or p is chosen]
