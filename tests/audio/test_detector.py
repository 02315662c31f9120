"""The detector: by hand, and at once as step by step."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lapel.audio.detector import Detecting, detect, to_scores
from lapel.errors import InputError, UsageError
from lapel.records.detector import Detector, Event

ONE = Detector(("go",), (0,), smoothing=3, threshold_sums=(600,), refractory_steps=4, warmup_steps=2)


def stepwise(detector: Detector, scores: np.ndarray) -> tuple[Event, ...]:
    at_work = Detecting(detector)
    return tuple(e for e in map(at_work.step, scores) if e is not None)


def test_by_hand() -> None:
    #         warm-up   600 at the third        refractory: 4        from a cleared ring on
    scores = [255, 255, 200, 199, 201, 200, 255, 255, 255, 255, 255, 254, 91, 255]
    events = detect(ONE, np.array(scores, np.uint8)[:, None])
    assert events == (Event(0, 4, 200), Event(0, 11, 254)) == stepwise(ONE, np.array(scores)[:, None])
    #                                    ^ 255 + 255 + 254 of steps 9, 10, 11


def test_sum_may_be_reached_before_the_ring_is_full() -> None:
    d = replace(ONE, threshold_sums=(400,), warmup_steps=0)
    assert detect(d, np.array([[200], [200]], np.uint8)) == (Event(0, 1, 133),)


def test_word_that_exceeds_its_threshold_most_is_it() -> None:
    d = Detector(("a", "b"), (2, 0), 1, (100, 150), 0, 0)
    scores = np.array([[151, 0, 100], [200, 0, 150], [199, 0, 150], [0, 255, 99]], np.uint8)
    assert [e.word for e in detect(d, scores)] == [1, 0, 0]
    assert detect(d, scores, (255, 151)) == (Event(1, 0, 151), Event(1, 1, 200), Event(1, 2, 199))


def test_at_once_as_step_by_step() -> None:
    rng = np.random.default_rng(3)
    some = 0
    for _ in range(300):
        words = int(rng.integers(1, 4))
        smoothing = int(rng.integers(1, 8))
        d = Detector(
            tuple(f"word{k}" for k in range(words)),
            tuple(rng.permutation(5)[:words].tolist()),
            smoothing,
            tuple(rng.integers(1, 255 * smoothing + 1, words).tolist()),
            int(rng.integers(0, 9)),
            int(rng.integers(0, 9)),
        )
        scores = rng.integers(0, 256, (int(rng.integers(0, 60)), 5)).astype(np.uint8)
        found = detect(d, scores)
        assert found == stepwise(d, scores)
        some += bool(found)
    assert 50 < some < 300


def test_int8_is_shifted() -> None:
    assert to_scores(np.array([[[-128, 0, 127]]], np.int8)).tolist() == [[0, 128, 255]]
    assert to_scores(np.array([[7]], np.uint8)).tolist() == [[7]]
    assert detect(ONE, np.full((9, 1, 1), 127, np.int8)) == (Event(0, 4, 255),)


def test_scores_that_are_none_are_refused() -> None:
    with pytest.raises(InputError, match=r"scores are float64 \[3, 1\], expected int8 or uint8"):
        detect(ONE, np.zeros((3, 1)))
    with pytest.raises(InputError, match="a step has 1 scores, expected at least 3: is this the detector's model"):
        detect(replace(ONE, outputs=(2,)), np.zeros((3, 1), np.uint8))


@pytest.mark.parametrize(
    "change, words",
    [
        ({"words": ()}, "words are none, expected 1 to 32 different names"),
        ({"words": ("",)}, "words are '', expected"),
        ({"words": ("a", "a"), "outputs": (0, 1), "threshold_sums": (1, 1)}, "words are 'a', 'a', expected"),
        ({"outputs": (0, 1)}, "outputs are 2, expected 1: one for each word"),
        ({"threshold_sums": ()}, "threshold_sums are 0, expected 1: one for each word"),
        ({"outputs": (-1,)}, r"outputs are \(-1,\), expected different indices from 0 on"),
        ({"smoothing": 0}, "smoothing is 0, expected 1 to 255"),
        ({"smoothing": 256}, "smoothing is 256, expected 1 to 255"),
        ({"threshold_sums": (766,)}, "threshold_sum of go is 766, expected 1 to 765"),
        ({"threshold_sums": (0,)}, "threshold_sum of go is 0, expected 1 to 765"),
        ({"refractory_steps": 65536}, "refractory_steps is 65536, expected 0 to 65535"),
        ({"warmup_steps": -1}, "warmup_steps is -1, expected 0 to 65535"),
    ],
)
def test_detectors_that_cannot_be_are_refused(change: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        replace(ONE, **change)  # type: ignore[arg-type]


def test_record_is_read_again() -> None:
    assert Detector.from_json(ONE.to_json()) == ONE
