"""`SpeakerOptions`: how a verifier of speakers is trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from lapel.records.training import Setting


@dataclass(frozen=True)
class SpeakerOptions:
    """How a verifier of speakers is trained; see `lapel train speaker`.

    words: what is verified; synthesized voices say them, beside `others`, and are judged by them. front: mode of the
    front end, hop_ms its step, front_fields others of its parameters; those of a word where a recipe names one. frames:
    of a window. voices: synthesized speakers to learn, each says `spoken` texts; copies: windows of each of them and of
    labelled recordings; clip_copies: of each clip whose speaker is not known. utterances: of an enrolment.
    judged_voices, judged_spoken: synthesized speakers of validation and test, and how often each says a word. draws:
    enrolments of each speaker and text in trials. resamples: of which intervals are made. snr_db: of the noise under
    which voices are judged again. epochs, epochs_quantized: of floats, of integers. network: options of the zoo's
    voiceprint. workers: threads that make windows.
    """

    words: tuple[str, ...] = ("computer",)
    others: tuple[str, ...] = (
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        "yes", "no", "left", "right", "stop", "house", "marvin", "sheila",
    )  # fmt: skip
    front: str = "micro"
    hop_ms: float = 20.0
    front_fields: Mapping[str, Setting] = field(default_factory=dict)
    frames: int = 60
    voices: int = 100
    spoken: int = 8
    copies: int = 4
    clip_copies: int = 4
    utterances: int = 3
    judged_voices: int = 12
    judged_spoken: int = 8
    draws: int = 2
    resamples: int = 300
    snr_db: float = 10.0
    epochs: int = 30
    epochs_quantized: int = 2
    batch: int = 64
    learning_rate: float = 3e-3
    network: Mapping[str, Setting] = field(default_factory=dict)
    seed: int = 0
    workers: int = 2
