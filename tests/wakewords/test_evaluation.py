"""Counts with intervals, and the choice of a detector, on scores that are made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lapel.records import Detector
from lapel.wakewords.evaluation import (
    Heard,
    _alone,
    _estimated,
    _missed_seldom,
    _quiet,
    _threshold,
    choose,
    figures,
    hourly_rate,
    missed_rate,
)

REST = Detector(("a", "b"), (0, 1), 1, (1, 1), 5, 3)


def scores(*peaks: tuple[int, int, int], steps: int = 40) -> np.ndarray:
    """uint8 [steps, 2]: 10 everywhere, but for (word, step, score)."""
    made = np.full((steps, 2), 10, np.uint8)
    for word, step, score in peaks:
        made[step, word] = score
    return made


def heard(long: list[np.ndarray], clips: list[list[np.ndarray]]) -> Heard:
    return Heard(clips, clips, long, 90.0, 10.0)


def test_intervals_are_exact() -> None:
    """Of no event in n trials the upper end is 1 - 0.025^(1/n); in t hours it is -ln(0.025) / t."""
    none = missed_rate(0, 50)
    assert none.value == none.low == 0 and none.high == pytest.approx(1 - 0.025 ** (1 / 50))
    assert missed_rate(50, 50).high == 1 and missed_rate(50, 50).low == pytest.approx(0.025 ** (1 / 50))
    some = missed_rate(4, 100)
    assert (some.low, some.high) == (pytest.approx(0.0110, abs=1e-4), pytest.approx(0.0993, abs=1e-4))
    quiet = hourly_rate(0, 6.0)
    assert quiet.low == 0 and quiet.high == pytest.approx(-np.log(0.025) / 6)
    assert hourly_rate(3, 6.0).value == 0.5 and hourly_rate(3, 6.0).low == pytest.approx(0.1031, abs=1e-4)


def test_counts_are_those_of_the_detector() -> None:
    """Warm-up and refractory time count; a second peak within it is no second event; another word's is none of this."""
    long = [scores((0, 1, 255), (0, 10, 200), (0, 14, 210), (0, 20, 200), (1, 30, 250))]
    clips = [[scores((0, 12, 220)), scores((0, 12, 100)), scores((1, 12, 220))], [scores((1, 9, 255))]]
    found = figures(replace(REST, threshold_sums=(150, 240)), heard(long, clips))
    assert [f.word for f in found] == ["a", "b"]
    assert found[0].false_accepts.events == 2 and found[0].false_accepts.trials == pytest.approx(37 * 90 / 3600)
    assert (found[0].missed.events, found[0].missed.trials) == (2, 3)
    assert (found[1].false_accepts.events, found[1].missed.events) == (1, 0)
    at = {point[0]: point for point in found[0].curve}
    assert at[150.0][1] == pytest.approx(2 / 3) and at[255.0][3] == 0


def test_false_accepts_at_words_that_sound_alike_are_apart() -> None:
    """One while such a word is said, one within the refractory time after it, one later, one in another scene; a word
    before the warm-up ends is none that could be heard."""
    long = [scores((0, 10, 200), (0, 20, 200), (0, 33, 200)), scores((0, 10, 200))]
    clips = [[scores((0, 12, 220))], [scores((1, 9, 255))]]
    detector = replace(REST, threshold_sums=(150, 240))
    known = replace(heard(long, clips), alike=[[(0, 0), (9, 11), (14, 15)], [(20, 30)]])
    a, b = figures(detector, known)
    assert a.false_accepts.events == 2 and a.all_accepts.events == 4
    assert (a.alike.events, a.alike.trials) == (2, 3) and (b.alike.events, b.alike.trials) == (0, 3)
    # of 37 steps each, without 9..20 (spans overlap) and 3..5 of the first scene, 20..35 of the second
    assert a.false_accepts.trials == pytest.approx((37 - 12 - 3 + 37 - 16) * 90 / 3600)
    assert a.all_accepts.trials == pytest.approx(74 * 90 / 3600)
    plain = figures(detector, heard(long, clips))[0]
    assert plain.false_accepts == plain.all_accepts and plain.false_accepts.events == 4 and plain.alike is None


def test_a_threshold_may_be_below_what_sounds_alike() -> None:
    long = [scores((0, 10, 200), (0, 25, 120), (1, 20, 90))]
    clips = [[scores((0, 12, 150))] * 4, [scores((1, 12, 200))] * 4]
    known = replace(heard(long, clips), alike=[[(8, 11)]])
    chosen = choose(("a", "b"), known, REST, 0.5)
    found = figures(chosen, known)[0]
    assert found.missed.events == 0 and found.false_accepts.events == 0 and found.alike.value == 1


def test_a_threshold_lies_between_what_is_wrong_and_what_is_right() -> None:
    long = [scores((0, 10, 120), (1, 20, 90))]
    clips = [[scores((0, 12, 220))] * 4, [scores((1, 12, 200))] * 4]
    chosen = choose(("a", "b"), heard(long, clips), REST, 0.5)
    assert all(f.false_accepts.events == 0 and f.missed.events == 0 for f in figures(chosen, heard(long, clips)))
    share = [t / chosen.smoothing for t in chosen.threshold_sums]
    assert chosen.refractory_steps == 5 and chosen.warmup_steps == 3 and min(share) >= 64


def test_of_a_synthesized_word_the_threshold_is_the_least_that_is_quiet_enough() -> None:
    long = [scores((0, 10, 120), (1, 20, 120))]
    clips = [[scores((w, 12, 220))] * 4 for w in (0, 1)]
    sums = choose(("a", "b"), heard(long, clips), REST, 0.5, ("b",)).threshold_sums
    assert 121 == sums[1] < sums[0] <= 220


def test_misses_are_spent_for_fewer_false_accepts() -> None:
    """A threshold above one clip of fifty is the more probable one, since 4 % may be missed; one above ten is not."""
    rng = np.random.default_rng(0)
    peaks = np.minimum(64 + rng.exponential(20.0, 400), 250).astype(int)
    long = [scores(*((0, 4 + 6 * k, int(p)) for k, p in enumerate(part)), steps=130) for part in peaks.reshape(20, 20)]
    found = []
    for weak in (0, 1, 10):
        clips = [scores((0, 12, 134))] * weak + [scores((0, 12, 240))] * (50 - weak)
        found.append(_threshold(_alone(REST, 0, 1), 0, heard(long, [clips, []]), 0.25, True))
    assert found[2][0] <= 134 < found[1][0] <= found[0][0] <= 240
    assert found[0][1] > found[1][1] > found[2][1] and all(excess == 0 for *_, excess in found)
    assert _threshold(_alone(REST, 0, 1), 0, heard(long, [clips, []]), 0.25, False)[0] <= found[2][0]


def test_smoothing_is_chosen_where_single_steps_deceive() -> None:
    """A spike of one step is in the long audio, a word lasts for three: one step alone cannot tell them apart."""
    spike = [scores((0, 10, 255), (1, 10, 255))]
    lasting = [[scores(*((w, k, 240) for k in (12, 13, 14)))] * 5 for w in (0, 1)]
    chosen = choose(("a", "b"), heard(spike, lasting), REST, 0.5)
    assert chosen.smoothing in (2, 3)
    assert all(f.false_accepts.events == 0 and f.missed.events == 0 for f in figures(chosen, heard(spike, lasting)))


def test_false_accepts_come_before_misses() -> None:
    """Where no threshold is quiet enough at a smoothing, it is not taken for missing nothing."""
    noisy = [scores(*((0, k, 255) for k in (10, 11)))]
    clips = [[scores(*((0, k, 250) for k in (12, 13, 14)))] * 5, [scores((1, 12, 250))] * 5]
    chosen = choose(("a", "b"), heard(noisy, clips), REST, 0.5)
    assert figures(chosen, heard(noisy, clips))[0].false_accepts.events == 0


def test_how_often_a_sum_is_reached_is_told_by_the_peaks_below_it() -> None:
    """Of peaks whose log odds fall off exponentially: near what is right, and steadier than a count is."""
    rng = np.random.default_rng(0)
    most, right, found, counted = 255, 3.0, [], []
    sums = np.array([256 / (1 + np.exp(-(-2.0 + 0.7 * np.log(400 / right))))])
    for _ in range(200):
        odds = -2.0 + rng.exponential(0.7, 400)
        peaks = np.sort(np.round(256 / (1 + np.exp(-odds)) - 0.5).astype(int))[::-1]
        found.append(float(_estimated(peaks, sums, most)[0]))
        counted.append(int((peaks >= sums[0]).sum()))
    assert abs(np.mean(found) - right) < 0.4 and np.std(found) < 0.9 * np.std(counted)
    assert _estimated(np.array([200, 100]), np.array([150]), most).tolist() == [1]
    assert _estimated(np.full(400, 90), np.array([90, 91]), most).tolist() == [400, 0]


def test_the_more_is_counted_the_less_probable_is_what_was_wished() -> None:
    few = _missed_seldom(np.array([0, 1, 2, 10]), 62, 0.04)
    assert np.all(np.diff(few) < 0) and 0.9 < np.exp(few[0]) < 1 and np.exp(few[3]) < 0.01
    peaks = np.array([250, 240, 230, 220])
    quiet = np.exp(_quiet(peaks, np.array([255, 245, 235, 225]), 255, 2.5))
    assert (
        np.all(np.diff(quiet) < 0)
        and quiet[0] > 0.75
        and np.exp(_quiet(peaks, np.array([255]), 255, 25.0))[0] > quiet[0]
    )
