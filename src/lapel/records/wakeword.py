"""`WakeWord`: a model that hears words, with the front end and detector that it was trained and judged with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lapel.records.brief import warning_parts
from lapel.records.detector import Detector
from lapel.records.document import Record
from lapel.records.frontend import FrontEnd
from lapel.records.training import Setting


@dataclass(frozen=True)
class WakeWordOptions:
    """How a wake word is trained; see `lapel train wakeword`.

    front: mode of the front end, hop_ms its step, front_fields others of its parameters. shares: of recordings for
    training, validation and test. windows: with a word, for training, whatever number of clips there is. synthesized:
    beside recordings so many said by espeak-ng; of a word without recordings, by how many voices. sentences: said by
    espeak-ng among what is no word, for training and each round, half as many for each of the other sides; alike: of
    training's, the share that are words which sound alike, a quarter of those that judge. hours_train, hours_mined,
    hours_val, hours_test: of long audio. rounds: of mining. false_accepts_per_h: what the thresholds are chosen for.
    snr_db: of the noise under which clips are judged again.
    epochs, epochs_mined, epochs_quantized: of floats, with mined windows, of integers. network: options of the zoo's
    wakeconv; augment: augmentations by name. workers: threads that make scenes. teacher: options of a wakeconv that is
    trained first, of more channels or longer kernels, whose scores the network then learns from beside the labels;
    empty: none. seed_test: of what is drawn for the test alone, its speech and scenes: another one makes a test that
    nobody has looked at, but for the clips. taught: the share of that loss, temperature: what logits are divided by.
    """

    front: str = "micro"
    hop_ms: float = 20.0
    front_fields: Mapping[str, Setting] = field(default_factory=dict)
    shares: tuple[float, ...] = (0.6, 0.15, 0.25)
    windows: int = 3600
    synthesized: int = 0
    sentences: int = 3200
    alike: float = 0.35
    hours_train: float = 5.0
    hours_mined: float = 2.5
    hours_val: float = 5.0
    hours_test: float = 6.0
    rounds: int = 0
    false_accepts_per_h: float = 0.5
    snr_db: float = 10.0
    epochs: int = 14
    epochs_mined: int = 6
    epochs_quantized: int = 2
    batch: int = 32
    learning_rate: float = 3e-3
    network: Mapping[str, Setting] = field(default_factory=dict)
    augment: Mapping[str, int | float | tuple[float, ...]] = field(default_factory=dict)
    teacher: Mapping[str, Setting] = field(default_factory=dict)
    taught: float = 0.5
    temperature: float = 2.0
    seed: int = 0
    seed_test: int = 0
    workers: int = 2


@dataclass(frozen=True)
class Rate:
    """A share or a rate that was counted, and its exact 95 % interval.

    Of misses: events of so many trials, value their share (Clopper and Pearson). Of false accepts: events in `trials`
    hours, value an hour (Poisson).
    """

    events: int
    trials: float
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class WordFigures:
    """How a word does. missed: of its clips as they are; missed_noisy: under noise at snr_db; false_accepts: in long
    audio without the word, apart from words that were made to sound alike and the refractory time after each;
    all_accepts: in all of it; alike: the share of the words made to sound alike that are taken for the word, None where
    none is said. curve: threshold sum, share missed, share missed under noise and false accepts an hour, those at words
    that sound alike apart, for other thresholds."""

    word: str
    snr_db: float
    missed: Rate
    missed_noisy: Rate
    false_accepts: Rate
    all_accepts: Rate | None = None
    alike: Rate | None = None
    curve: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True, repr=False)
class WakeWord(Record):
    """What listens for words. model: a .tflite file beside this one, model_sha256 of that file.

    A step of the model takes steps_frames new frames of the front end, of the `frames` that it sees; its outputs are
    the detector's scores. validation: what thresholds and smoothing were chosen by; test: what nothing was chosen by.
    warnings: what a user has to know, a sentence each.
    """

    lapel: str
    name: str
    model: str
    model_sha256: str
    front: FrontEnd
    detector: Detector
    frames: int
    steps_frames: int
    options: WakeWordOptions
    validation: tuple[WordFigures, ...] = ()
    test: tuple[WordFigures, ...] = ()
    seconds: float | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = [f"{f.word}: {100 * f.missed.value:.1f} % missed, {f.false_accepts.value:.2f}/h" for f in self.test]
        return f"<WakeWord {self.name!r}: {', '.join((*shown, *warning_parts(self.warnings)))}>"
