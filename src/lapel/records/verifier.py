"""`Verifier`: a second look at a detection, by a larger network for words or by a speaker's embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lapel.errors import UsageError, shown
from lapel.records.brief import warning_parts
from lapel.records.detector import MOST_SCORE, MOST_WORDS
from lapel.records.document import Record
from lapel.records.frontend import FrontEnd
from lapel.records.speaker import SpeakerOptions

LEAST_SIMILARITY, MOST_SIMILARITY = -32768, 32767
MOST_UTTERANCES = 16
MOST_EMBEDDING = 1024
MOST_FRAMES = 1000
Checks = Literal["words", "speaker"]


@dataclass(frozen=True)
class Interval:
    """A figure and the bounds of its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class SpeakerFigures:
    """How well speakers are told apart: utterances against templates of others by the same and by other speakers.

    material: what was said, and by whom. speakers, genuine, impostors: how many, and how many trials. method: what
    scored them. equal_error: the share of errors where as many genuine trials are refused as impostors are accepted;
    refused, accepted: shares at the verifier's threshold, None without one. Intervals are of draws with replacement of
    speakers, and of clips in them.
    """

    material: str
    method: str
    speakers: int
    genuine: int
    impostors: int
    equal_error: Interval
    refused: Interval | None = None
    accepted: Interval | None = None


@dataclass(frozen=True, repr=False)
class Verifier(Record):
    """What a detection has to pass. model: a .tflite file beside this one, model_sha256 of that file.

    The model takes int8 [1, frames, features] of the front end, the newest `frames` at the time of a detection.

    | checks | the model gives | score | passes where |
    |---|---|---|---|
    | words | int8 [1, words], of scale 1/256 | value + 128, 0..255 | the detected word's >= its threshold |
    | speaker | int8 [1, embedding] | `similarity` to the template, int16 of 2^-15 | it is >= the threshold |

    words: names of the outputs, where it checks words. thresholds: of each word, or the one of a speaker. embedding:
    values of it, 0 where it checks words. utterances: of which a template is made. agreement: `similarity` of an
    utterance to the template that it is a part of, below which it is taken for somebody else's, of which the user is
    told. options: of a training of speakers. warnings: what a user has to know, a sentence each.

    Raises UsageError for what no verifier can have.
    """

    lapel: str
    name: str
    checks: Checks
    model: str
    model_sha256: str
    front: FrontEnd
    frames: int
    thresholds: tuple[int, ...]
    words: tuple[str, ...] = ()
    embedding: int = 0
    utterances: int = 0
    agreement: int = LEAST_SIMILARITY
    options: SpeakerOptions | None = None
    validation: tuple[SpeakerFigures, ...] = ()
    test: tuple[SpeakerFigures, ...] = ()
    seconds: float | None = None
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        speaker = self.checks == "speaker"
        _check("frames", self.frames, 1, MOST_FRAMES)
        _check_words(self.words, none=speaker)
        expected = 1 if speaker else len(self.words)
        if len(self.thresholds) != expected:
            raise UsageError(f"verifier: {len(self.thresholds)} thresholds, expected {expected}")
        low, high = (LEAST_SIMILARITY, MOST_SIMILARITY) if speaker else (0, MOST_SCORE)
        for threshold in self.thresholds:
            _check("a threshold", threshold, low, high)
        _check("embedding", self.embedding, *((1, MOST_EMBEDDING) if speaker else (0, 0)))
        _check("utterances", self.utterances, *((1, MOST_UTTERANCES) if speaker else (0, 0)))
        _check("agreement", self.agreement, LEAST_SIMILARITY, MOST_SIMILARITY)

    def __repr__(self) -> str:
        figures = [f for f in self.test if f.refused is not None]
        said = [f"{f.material}: equal error {100 * f.equal_error.value:.1f} %" for f in figures]
        return f"<Verifier {self.name!r} of {self.checks}: {', '.join((*said, *warning_parts(self.warnings)))}>"


def _check_words(words: tuple[str, ...], none: bool) -> None:
    found = shown(", ".join(map(repr, words))) or "none"
    if none and words:
        raise UsageError(f"verifier: words are {found}, expected none: it tells speakers")
    if not none and (not 1 <= len(words) <= MOST_WORDS or len(set(words)) < len(words) or "" in words):
        raise UsageError(f"verifier: words are {found}, expected 1 to {MOST_WORDS} different names")


def _check(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise UsageError(f"verifier: {name} is {value}, expected {least} to {most}")
