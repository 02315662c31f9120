"""`Verifier`: what none can have, and JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from lapel.errors import FormatError, UsageError
from lapel.records import Interval, SpeakerFigures, SpeakerOptions, Verifier
from lapel.records.frontend import FrontEnd

FRONT = FrontEnd("micro", 30.0, 20.0, 40, 125.0, 7500.0, 0.1, -128)
FIGURES = SpeakerFigures("digits", "embedding", 4, 400, 1200, Interval(0.1, 0.02, 0.3), Interval(0.2, 0.1, 0.4))
SPEAKER = Verifier(
    "1.0", "me", "speaker", "me.tflite", "0" * 64, FRONT, 60, (20000,), embedding=32, utterances=3, agreement=9000,
    options=SpeakerOptions(("one", "two"), network={"kernels": (3, 5)}, seed=1), test=(FIGURES,), warnings=("few",),
)  # fmt: skip
WORDS = Verifier("1.0", "again", "words", "again.tflite", "0" * 64, FRONT, 80, (200, 180), words=("a", "b"))


@pytest.mark.parametrize("record", [SPEAKER, WORDS], ids=["speaker", "words"])
def test_json(record: Verifier) -> None:
    assert Verifier.from_json(json.loads(json.dumps(record.to_json()))) == record


@pytest.mark.parametrize(
    ("record", "changed", "message"),
    [
        (SPEAKER, {"frames": 0}, "frames is 0, expected 1 to 1000"),
        (SPEAKER, {"words": ("a",)}, "words are 'a', expected none"),
        (SPEAKER, {"thresholds": (1, 2)}, "2 thresholds, expected 1"),
        (SPEAKER, {"thresholds": (40000,)}, "a threshold is 40000, expected -32768 to 32767"),
        (SPEAKER, {"embedding": 0}, "embedding is 0, expected 1 to 1024"),
        (SPEAKER, {"utterances": 17}, "utterances is 17, expected 1 to 16"),
        (SPEAKER, {"agreement": 32768}, "agreement is 32768"),
        (WORDS, {"words": ()}, "words are none, expected 1 to 32 different names"),
        (WORDS, {"words": ("a", "a")}, "words are 'a', 'a', expected 1 to 32 different names"),
        (WORDS, {"thresholds": (1,)}, "1 thresholds, expected 2"),
        (WORDS, {"thresholds": (1, 256)}, "a threshold is 256, expected 0 to 255"),
        (WORDS, {"embedding": 8}, "embedding is 8, expected 0 to 0"),
        (WORDS, {"utterances": 3}, "utterances is 3, expected 0 to 0"),
    ],
)
def test_messages(record: Verifier, changed: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=f"verifier: {message}"):
        replace(record, **changed)


def test_unknown_kind_is_told() -> None:
    with pytest.raises(FormatError, match=r'verifier\.checks: found "face", expected one of \'words\''):
        Verifier.from_json({**SPEAKER.to_json(), "checks": "face"})


def test_repr_says_what_it_reaches() -> None:
    assert repr(SPEAKER) == "<Verifier 'me' of speaker: digits: equal error 10.0 %, warning: few>"
