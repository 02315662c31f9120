"""Trials: who is compared with whom, equal errors by hand, and intervals that know how few speakers there are."""

from __future__ import annotations

import numpy as np
import pytest

from lapel.errors import InputError
from lapel.speakers.judging import joined
from lapel.speakers.trials import Trials, enrolments, equal_error, errors_at, figures, score_trials

pytest.importorskip("sklearn")


def trials(genuine: list[float], impostors: list[float]) -> Trials:
    """Of two speakers: the first one's own, and the other's."""
    scores = np.array([*genuine, *impostors])
    speaker = np.array([0] * len(genuine) + [1] * len(impostors))
    return Trials(scores, np.zeros(len(scores), int), speaker, np.arange(len(scores)))


def test_trials_are_of_the_same_text_and_of_what_was_not_enrolled() -> None:
    speakers = ["a"] * 5 + ["b"] * 4 + ["c"] * 2
    texts = ["one"] * 4 + ["two"] + ["one"] * 4 + ["one"] * 2
    found = enrolments(speakers, texts, 3, 2, 0, "here")
    assert [e.speaker for e in found] == [0, 0, 1, 1]  # c says it too seldom, and a says "two" once
    for e in found:
        assert len(set(e.made_of)) == 3 and not set(e.made_of) & set(e.compared)
        assert 4 not in e.compared and {9, 10} <= set(e.compared)
    made = score_trials(found, speakers, lambda made_of, compared: np.array(compared, float))
    assert made.scores.tolist() == made.utterance.tolist()
    assert int(made.genuine.sum()) == 4


def test_too_few_speakers_are_told() -> None:
    with pytest.raises(
        InputError, match="here: 1 speakers of 5 utterances, expected two or more who say the same text 4"
    ):
        enrolments(["a"] * 5, [""] * 5, 3, 1, 0, "here")


@pytest.mark.parametrize(
    ("genuine", "impostors", "expected"),
    [
        ([3, 4, 5], [0, 1, 2], 0.0),
        ([0, 1, 2], [3, 4, 5], 1.0),
        ([1, 3, 4, 5], [0, 0, 0, 2], 0.25),
        ([1, 2, 3, 4], [1, 2, 3, 4], 0.5),
        ([0.0, 9, 9, 9], [0, 0, 0, 0, 0, 0, 0, 0], 0.2),  # ties: the line from (0, 1/4) to (1, 0) meets the diagonal
    ],
)
def test_equal_errors(genuine: list[float], impostors: list[float], expected: float) -> None:
    assert equal_error(trials(genuine, impostors))[0] == pytest.approx(expected)


def test_the_threshold_gives_these_errors() -> None:
    rng = np.random.default_rng(0)
    found = trials(rng.normal(1, 1, 2000).tolist(), rng.normal(-1, 1, 3000).tolist())
    error, threshold = equal_error(found)
    assert error == pytest.approx(0.1587, abs=0.015) and threshold == pytest.approx(0, abs=0.1)
    assert errors_at(found, threshold) == pytest.approx((error, error), abs=2e-3)


def test_weights_are_repetitions() -> None:
    rng = np.random.default_rng(1)
    found = trials(rng.normal(1, 1, 40).tolist(), rng.normal(0, 1, 60).tolist())
    times = rng.integers(0, 3, 100)
    again = np.repeat(np.arange(100), times)
    whole = Trials(found.scores[again], found.template[again], found.speaker[again], found.utterance[again])
    assert equal_error(found, times.astype(float))[0] == pytest.approx(equal_error(whole)[0])
    assert errors_at(found, 0.5, times.astype(float)) == pytest.approx(errors_at(whole, 0.5))


def voices(count: int, seed: int = 0) -> Trials:
    """Speakers who differ in how well they are told: each has 20 utterances and 2 templates."""
    rng = np.random.default_rng(seed)
    own = np.tile([0.3, 1.0, 1.7, 2.4], -(-count // 4))[:count]
    parts = [
        (rng.normal(own[t] if s == t else 0.0, 0.5, 20), np.full(20, t), np.full(20, s), np.arange(20) + 20 * s)
        for t in range(count) for s in range(count) for _ in range(2)
    ]  # fmt: skip
    return Trials(*(np.concatenate(p) for p in zip(*parts, strict=True)))


def test_an_interval_is_wide_where_speakers_are_few() -> None:
    few, many = (figures(voices(n), "m", "x", 100, 0).equal_error for n in (4, 16))
    assert few.low <= few.value <= few.high and many.low <= many.value <= many.high
    assert few.high - few.low > 1.5 * (many.high - many.low)


def test_figures_count_and_are_of_their_seed() -> None:
    found = figures(voices(4), "material", "method", 50, 3, threshold=0.7)
    assert (found.speakers, found.genuine, found.impostors) == (4, 160, 480)
    assert found == figures(voices(4), "material", "method", 50, 3, threshold=0.7)
    assert found.refused is not None and found.accepted is not None
    assert found.refused.low <= found.refused.value <= found.refused.high


def test_parts_that_are_joined_keep_their_speakers_apart() -> None:
    both = joined([voices(3), voices(2)])
    assert int(both.genuine.sum()) == (3 + 2) * 40 and len(set(both.speaker.tolist())) == 5
