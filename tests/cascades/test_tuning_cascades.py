"""Tuning: settings, what each gives, which are the best and which one is taken; days of audio to tune on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from stagings import ASKED, STEP, staged, talk

from lapel.cascades.costs import StepCosts
from lapel.cascades.days import make_day
from lapel.cascades.listener import CascadeListener
from lapel.cascades.simulation import simulate
from lapel.cascades.simulator import Simulator, active_steps
from lapel.cascades.tuning import Take, TuningOptions, judge, tune
from lapel.errors import InputError, UsageError
from lapel.records import Bounded, CascadeTuning
from lapel.targets import load_target
from lapel.wakewords.scenes import Cast, Mark

STEP_MS = 1000 * STEP / 16000
LOUD = replace(ASKED, crossings=9, onset_steps=2, refresh_steps=4)
"""A gate to which nothing is a hiss, before words that hear now and then while they sleep."""


def costs(quiet: float = 100, heard: float = 1000, check: float = 5000) -> StepCosts:
    pairs = [(n, Bounded(2 * n, n, 3 * n)) for n in (quiet, heard, check, heard)]
    return StepCosts(load_target("nucleo-u385rg-q"), *pairs)


def options(**given: object) -> TuningOptions:
    usual = {"ratio": (32, 400), "onset_ms": (0.0,), "hangover_ms": (50.0,), "preroll_ms": (20.0,), "warmup_ms": (5.0,)}
    return TuningOptions(**{**usual, "strictness": (1.0,), **given})  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def simulators() -> dict[bool, Simulator]:
    return {checked: Simulator(staged(LOUD, checked=checked, refractory_steps=3)) for checked in (False, True)}


@pytest.mark.parametrize("checked", [False, True])
def test_the_simulator_is_the_reference(simulators: dict[bool, Simulator], checked: bool) -> None:
    """The stages on all steps at once say what the listener says step by step."""
    samples, simulator = talk(300, seed=7), simulators[checked]
    listener = CascadeListener(simulator.stages)
    expected = listener.listen(samples)
    steps = samples.reshape(-1, STEP)
    assert active_steps(simulator.rows(steps), LOUD).tolist() == listener.active
    found, events, checks = simulate(simulator, steps)
    assert events == expected and len(events) > 5
    assert (found.listened_steps, checks) == (listener.heard, listener.checks)


def told(simulator: Simulator) -> Take:
    """Audio in which a word is said where the model by itself hears one, and nowhere else."""
    steps = talk(600, seed=3).reshape(-1, STEP)
    detector = simulator.stages.gating.hearing.detector
    events = [c.event for _, c in simulator.candidates([simulator.hear(steps)], detector)]
    return Take(steps, tuple(Mark(e.word, e.step * STEP, (e.step + 1) * STEP) for e in events[::20]))


def test_a_gate_is_weighed_against_power(simulators: dict[bool, Simulator]) -> None:
    simulator = simulators[False]
    take = told(simulator)
    found = tune(simulator, [take], costs(), options(false_accepts_per_h=1e9, extra_misses=1.0), "some audio")
    assert isinstance(found, CascadeTuning) and found.tried == 2 and found.words == len(take.marks) > 3
    assert found.alone.listened == 1 and found.alone.missed == 0 and found.seconds == pytest.approx(3)
    assert found.point is min(found.points, key=lambda p: p.power_uw) and "least power" in found.choice
    for p in found.points:
        expected = (100 + 1000 * p.listened) * 1000 / STEP_MS
        assert p.listened < 1 and p.instructions_s == pytest.approx(expected)
    assert found.alone.instructions_s == pytest.approx(1000 * 1000 / STEP_MS)


@pytest.mark.parametrize("checked", [False, True])
def test_what_is_judged_is_what_was_tuned(simulators: dict[bool, Simulator], checked: bool) -> None:
    """One setting: the words that are missed, detections of none, and steps are those of the tuning; each word alone is
    told, too."""
    simulator = simulators[checked]
    gating, take = simulator.stages.gating, told(simulators[checked])
    ms = {f"{name}_ms": (STEP_MS * getattr(gating.asked, f"{name}_steps"),)
          for name in ("onset", "hangover", "preroll", "refresh")}  # fmt: skip
    wished = options(ratio=(gating.asked.ratio,), warmup_ms=(0.0,), verifier_strictness=(0.0,), **ms)
    found = tune(simulator, [take, take], costs(), wished, "audio")
    quick = replace(gating.hearing.detector, warmup_steps=0)
    strict = replace(quick, threshold_sums=tuple(255 * quick.smoothing for _ in quick.words))
    gated, fewer = judge(simulator, [take, take], [quick, strict], gated=True)
    assert len(gated.heard) == found.words and gated.heard[: len(take.marks)] * 2 == gated.heard
    assert 1 - np.mean(gated.heard) == pytest.approx(found.point.missed)
    assert gated.listened == fewer.listened == pytest.approx(found.point.listened)
    assert gated.accepts * 3600 / found.seconds == pytest.approx(found.point.false_accepts)
    assert sum(fewer.heard) + fewer.accepts < sum(gated.heard) + gated.accepts
    (alone,) = judge(simulator, [take], [gating.hearing.detector], gated=False)
    assert alone.listened == 1 and (checked or all(alone.heard))


def test_what_no_setting_reaches_is_said(simulators: dict[bool, Simulator]) -> None:
    take = told(simulators[False])
    deaf = Simulator(staged(replace(LOUD, least=(1 << 31) - 1)))
    never = tune(deaf, [take], costs(), options(false_accepts_per_h=0.0), "audio")
    assert never.point.missed == 1 and never.point.listened == 0
    assert never.choice.startswith("no setting is within") and "fewest misses" in never.choice
    often = tune(simulators[False], [take], costs(), options(ratio=(0,), false_accepts_per_h=0.0), "audio")
    assert often.point.false_accepts > 0 and often.choice.endswith("the fewest false accepts")


def test_checks_are_counted_and_their_thresholds_tried(simulators: dict[bool, Simulator]) -> None:
    take = told(simulators[True])
    wished = options(ratio=(32,), verifier_strictness=(-1.0, 0.0, 1.0), false_accepts_per_h=1e9, extra_misses=1.0)
    found = tune(simulators[True], [take], costs(), wished, "audio")
    assert found.tried == 3 and {p.verifier for p in found.points} <= {(0, 0), (120, 130), (255, 255)}
    assert all(p.checks > 0 for p in found.points) and found.alone.checks == 0
    strict = tune(simulators[True], [take], costs(), replace(wished, verifier_strictness=(1.0,)), "audio")
    assert strict.point.missed == 1 and strict.point.false_accepts == 0


def test_nothing_to_tune_on(simulators: dict[bool, Simulator]) -> None:
    take = Take(talk(50).reshape(-1, STEP))
    with pytest.raises(InputError, match="nothing to tune on: no word is said in this audio"):
        tune(simulators[False], [take], costs(), options(), "audio")
    many = options(ratio=tuple(range(2000)), hangover_ms=tuple(np.arange(1.0, 20.0, 0.5) * 5))
    with pytest.raises(UsageError, match=r"\[tuning\] asks for [\d,]+ settings, expected 20,000 at most"):
        tune(simulators[False], [told(simulators[False])], costs(), many, "audio")


def test_days_are_quiet_but_for_what_is_said() -> None:
    time_s = np.arange(8000) / 16000
    tones = [(9000 * np.sin(2 * np.pi * hz * time_s)).astype(np.int16) for hz in (500, 900, 2000)]
    cast = Cast(3, (tones[:1],), (1.0,))
    words = list(enumerate(tones[1:]))
    for number in (0, 1):
        day = make_day(cast, words, number, 0.05)
        said = sum(m.end - m.start for m in day.marks)
        assert sorted((m.word, m.recording) for m in day.marks) == [(0, 0), (1, 1)]
        assert 0.015 < said / len(day.wave) < 0.03
        loud = [np.abs(day.wave[m.start : m.end].astype(int)).max() for m in day.marks]
        first = min(m.start for m in day.marks)
        assert min(loud) > 1.5 * np.abs(day.wave[: min(first, 8000)].astype(int)).mean()
        assert np.array_equal(day.wave, make_day(cast, words, number, 0.05).wave)


def test_steps_that_refresh_are_tried_and_paid_for(simulators: dict[bool, Simulator]) -> None:
    wished = options(ratio=(400,), refresh_ms=(0.0, 2 * STEP_MS), false_accepts_per_h=1e9, extra_misses=1.0)
    found = tune(simulators[False], [told(simulators[False])], costs(), wished, "audio")
    heard = {p.cascade.refresh_steps: p.listened for p in found.points}
    assert found.tried == 2 and heard[0] < 1
    assert 2 not in heard or heard[2] == pytest.approx((1 + heard[0]) / 2, abs=0.05)


def test_smoothings_are_tried_at_the_same_mean_score(simulators: dict[bool, Simulator]) -> None:
    """A detector that sums other scores is found by the tuning; what it gives is what such a detector does."""
    simulator = simulators[False]
    own, take = simulator.stages.gating.hearing.detector, told(simulator)
    wished = options(warmup_ms=(0.0,), false_accepts_per_h=1e9, extra_misses=1.0)
    usual = tune(simulator, [take], costs(), wished, "audio")
    counts = (own.smoothing, 1, own.smoothing + 4)
    both = replace(wished, smoothing_ms=(0.0, *(STEP_MS * n for n in counts)))
    found = tune(simulator, [take], costs(), both, "audio")
    assert usual.tried == 2 and found.tried == 2 * 3  # 0 is the word's own, which is named again
    assert {p.smoothing for p in usual.points} == {own.smoothing} and {p.smoothing for p in found.points} <= {*counts}
    for n in counts:
        (one,) = tune(simulator, [take], costs(), replace(wished, ratio=(32,), smoothing_ms=(STEP_MS * n,)), "a").points
        sums = tuple(min(255 * n, max(1, round(t * n / own.smoothing))) for t in own.threshold_sums)
        assert (one.smoothing, one.threshold_sums) == (n, sums)
        asked = Simulator(staged(one.cascade, refractory_steps=3))
        detector = replace(own, smoothing=n, threshold_sums=sums, warmup_steps=0)
        (same,) = judge(asked, [take], [detector], gated=True)
        assert 1 - np.mean(same.heard) == pytest.approx(one.missed)


def test_the_fewest_misses_of_what_saves_enough(simulators: dict[bool, Simulator]) -> None:
    takes, given = [told(simulators[False])], {"ratio": (32, 400, 4000), "false_accepts_per_h": 1e9}
    found = {n: tune(simulators[False], takes, costs(), options(saved_times=n, **given), "audio") for n in (1.1, 1e4)}
    saved, never = found[1.1], found[1e4]
    assert saved.choice.startswith("the fewest misses within 1.1 times fewer instructions")
    enough = [p for p in saved.points if 1.1 * p.instructions_s <= saved.alone.instructions_s]
    assert saved.point in enough and saved.point.missed == min(p.missed for p in enough)
    assert never.choice.startswith("no setting is within")
    assert never.point is min(never.points, key=lambda p: p.power_uw)
