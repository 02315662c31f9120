"""Recordings of a user -> a template, and recordings verified by it, as a device does both.

voice = read_verifier("speaker/verifier.json")
verify(voice, enrolled=[sound, sound, sound], compared=[sound])
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import InputError, UsageError, shown, some
from lapel.proving.run import run
from lapel.proving.verifier import Verification
from lapel.records import Utterance, Verified
from lapel.speakers.conditions import LATE_JUDGED_S, Shape
from lapel.speakers.scoring import compare, embed, enrol
from lapel.targets import Target
from lapel.wakewords.clips import Clip
from lapel.wakewords.features import Features
from lapel.wish import ANY, Wish

LEAST_S = 0.2
"""Of what is loud in a recording."""
SILENT = 64
"""From the least sample to the greatest one, below which a recording is silent."""
CUT_SHARE = 0.35
"""Of an utterance that is longer than the window, the part that may be lost before it is told."""


@dataclass(frozen=True, eq=False)
class _Heard:
    """embeddings: int8 [N, D]; windows: uint8 [N, frames, bands]; notices: a sentence each."""

    embeddings: np.ndarray
    windows: np.ndarray
    notices: tuple[str, ...]


def verify(
    voice: Verification,
    enrolled: Mapping[str, np.ndarray],
    compared: Mapping[str, np.ndarray],
    target: str | Target | None = None,
    wish: Wish = ANY,
    **options: Any,
) -> Verified:
    """Enrol a speaker by some recordings, and verify others.

    enrolled, compared: int16 [samples] of 16 kHz, by name. target: where embeddings and scores are computed once more
    by the firmware; wish, options: see `lapel.run`. Raises UsageError: the verifier is one of words, or the number of
    enrolled recordings is not its; InputError: a recording is silent, too short or of another dtype.
    """
    record = voice.record
    if record.checks != "speaker":
        raise UsageError(f"verifier {shown(record.name)!r} checks words, expected one that tells speakers")
    if len(enrolled) != record.utterances:
        raise UsageError(
            f"{len(enrolled)} utterances to enrol, expected {record.utterances}, of which verifier "
            f"{shown(record.name)!r} makes a template: give so many recordings of the speaker to enrol (--enrol)"
        )
    heard = _hear(voice, {**enrolled, **{f"compared/{k}": v for k, v in compared.items()}})
    count, embedding = len(enrolled), voice.model.tensors[voice.model.outputs[0]].type
    template = enrol(heard.embeddings[:count], embedding)
    scores = compare(heard.embeddings[count:], template.template, embedding) if compared else np.zeros(0, np.int16)
    firmware = None
    if target is not None:
        given = {
            voice.verify.arguments[0]: _int8(voice, heard.windows),
            voice.verify.arguments[1]: np.tile(template.template, (len(heard.windows), 1)),
        }
        firmware = run(voice.verify, target, given, wish=wish, **options)
    odd = [n for n, alike in zip(enrolled, template.alike.tolist(), strict=True) if alike < record.agreement]
    return Verified(
        record.name,
        record.thresholds[0],
        record.agreement,
        tuple(Utterance(n, s) for n, s in zip(enrolled, template.alike.tolist(), strict=True)),
        tuple(template.template.tolist()),
        tuple(Utterance(n, s) for n, s in zip(compared, scores.tolist(), strict=True)),
        firmware,
        (*heard.notices, *_spread(odd, record.agreement)),
    )


def _spread(odd: list[str], agreement: int) -> list[str]:
    """That utterances of an enrolment do not seem to be of one speaker."""
    if not odd:
        return []
    least = f"{agreement / 32768:.3f}"
    return [
        f"{some(odd)}: not like the other utterances of the enrolment (similarity to the template below {least}, as "
        "2 % of one speaker's are): did one person say all of them, in one place? Enrol again"
    ]


def _hear(voice: Verification, waves: Mapping[str, np.ndarray]) -> _Heard:
    """Windows that end a little after the utterances, and their embeddings."""
    record = voice.record
    features, shape = Features(record.front), Shape(record.frames, record.front.hop_samples)
    windows, notices = [], []
    for name, wave in waves.items():
        said = name.removeprefix("compared/")
        first, last = _loud(said, wave)
        before = np.zeros(shape.lead, np.int16)
        after = np.zeros(int(LATE_JUDGED_S * record.front.sample_rate_hz), np.int16)
        end = last + len(after)
        whole = np.concatenate([before, wave[max(first - shape.lead, 0) : end], after[: max(end - len(wave), 0)]])
        windows.append(features(whole)[-shape.frames :])
        length_s, window_s = (last - first) / 16000, record.frames * record.front.hop_ms / 1000
        if length_s * (1 - CUT_SHARE) > window_s:
            notices.append(f"{said}: {length_s:.1f} s are loud, of which the last {window_s:.1f} s are looked at")
    x = np.stack(windows)
    return _Heard(embed(voice.model, x), x, tuple(notices))


def _loud(name: str, wave: np.ndarray) -> tuple[int, int]:
    """First and last sample of what is loud. Raises InputError: there is nothing, or too little."""
    if wave.dtype != np.int16 or wave.ndim != 1:
        raise InputError(f"{name}: samples are {wave.dtype} {list(wave.shape)}, expected int16 [count] of 16 kHz")
    if len(wave) < LEAST_S * 16000:
        raise InputError(f"{name}: {len(wave) / 16000:.2f} s long, expected {LEAST_S:g} s or more")
    if int(wave.max()) - int(wave.min()) < SILENT:
        raise InputError(f"{name}: is silent, expected somebody who speaks")
    first, last = Clip(name, name, wave).loud
    if last - first < LEAST_S * 16000:
        found = f"{(last - first) / 16000:.2f} s of it are loud"
        raise InputError(f"{name}: {found}, expected {LEAST_S:g} s or more of speech")
    return first, last


def _int8(voice: Verification, windows: np.ndarray) -> np.ndarray:
    taken = voice.model.tensors[voice.model.arguments[0]].type
    return (windows.astype(np.int16) + taken.zero).astype(np.int8).reshape(len(windows), *taken.shape[1:])
