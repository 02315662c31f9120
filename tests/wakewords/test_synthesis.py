"""Speech by espeak-ng: what it says, what it cannot, and that sides have nothing in common."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from lapel.errors import MissingTool, UsageError
from lapel.wakewords import synthesis
from lapel.wakewords.sentences import confusable, sentence
from lapel.wakewords.speech import _texts, speech_of, voices_of, word_of
from lapel.wakewords.synthesis import Voice, check_word, phonemes, speak

spoken = pytest.mark.skipif(shutil.which("espeak-ng") is None, reason="espeak-ng is not installed")


@spoken
def test_speech_has_the_length_of_its_speed() -> None:
    slow, fast = (speak("smart mirror", Voice("en-us", "f2", speed)) for speed in (120, 240))
    assert slow.dtype == np.int16 and 1.5 < len(slow) / len(fast) < 2.5 and 5000 < len(fast) < 30000
    again = speak("smart mirror", Voice("en-us", "f2", 120))
    assert len(again) == len(slow) and np.corrcoef(again, slow)[0, 1] > 0.99


@spoken
@pytest.mark.parametrize(
    ("word", "message"),
    [("xkcd", "spells it letter by letter"), ("привет", "spells it"), ("??", "has no letters"), ("12", "no letters")],
)
def test_words_that_cannot_be_said(word: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        check_word(word)


@spoken
def test_words_that_can_be_said() -> None:
    for word in ("computer", "smart_mirror", "hey lapel"):
        check_word(word)
    assert phonemes("mirror") and phonemes("mirror") != phonemes("error")


def test_no_synthesizer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis.shutil, "which", lambda name: None)
    with pytest.raises(MissingTool, match="espeak-ng is not installed, synthesized speech needs it: apt-get install"):
        speak("hello", Voice("en-us", "f1"))


@spoken
def test_confusable_words_are_others() -> None:
    rng = np.random.default_rng(0)
    found = [confusable(rng, "computer") for _ in range(10)]
    assert len(set(found)) > 5 and all(phonemes("computer") not in phonemes(w) for w in found)
    assert len({sentence(rng) for _ in range(30)}) > 25


@spoken
def test_sides_share_neither_voices_nor_texts() -> None:
    voices = [set(voices_of(side)) for side in ("train", "val", "test")]
    assert all(voices) and not voices[0] & voices[1] and not voices[0] & voices[2] and not voices[1] & voices[2]
    texts = []
    for side in ("train", "val", "test"):
        rng = np.random.default_rng(1)
        texts.append({next(_texts(rng, side, ["one"], alike)) for alike in (False, True) for _ in range(10)})
    assert not texts[0] & texts[2] and not texts[1] & texts[2]
    assert not any("one" in text for side in texts for text in side)
    assert [len(part) for part in speech_of("test", ["computer"], 4, 0)] == [3, 1]
    assert [len(part) for part in speech_of("test", ["computer"], 2, 0, alike=0.0)] == [2, 0]
    assert len(word_of("train", "computer", 2, 0)) == 2
