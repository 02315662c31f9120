"""What a training is made of: recordings and synthesized speech of each side, and the scenes' casts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from lapel.errors import InputError
from lapel.wakewords.clips import SIDES, Clips, read_clips, share
from lapel.wakewords.options import Request
from lapel.wakewords.scenes import Cast
from lapel.wakewords.speech import CONFUSABLE, SHARES, speech_of, word_of
from lapel.wakewords.synthesis import check_word

SPEECH_WEIGHT, CLIPS_WEIGHT = 2.5, 2.0
"""How often speech is synthesized, and taken from recordings, in scenes."""
LEAST_NEGATIVES = 3
JUDGED = {"gain": (-5.0, 5.0), "noise": (4.0, 45.0)}
"""What is done to voices, and to a scene, of validation and test, in dB: whatever training is augmented by."""
TEST_SEEDS = 1_000_000
"""From one test to the next, beyond all seeds of trainings."""
LEAST_TEXTS = 4
"""One of which sounds alike."""
SAID = 1200
"""By how many voices a word without recordings is said, for training; of other sides as their share of voices."""


@dataclass(frozen=True, eq=False)
class Side:
    """clips: int16 waves of each word, whole, and trimmed: what is loud in them; cast: what scenes are made of."""

    clips: tuple[tuple[np.ndarray, ...], ...]
    trimmed: tuple[tuple[np.ndarray, ...], ...]
    cast: Cast


@dataclass(frozen=True, eq=False)
class Material:
    """All sides, and what a user has to know about the recordings; files: what tells the recordings from others."""

    sides: dict[str, Side]
    notices: tuple[str, ...]
    files: tuple[str, ...]


def gather(request: Request, say: Callable[[str], None]) -> Material:
    """Read recordings and synthesize speech. Raises InputError, UsageError, MissingTool."""
    options = request.options
    for word, source in request.words.items():
        if source is None or source.judged or options.synthesized:
            check_word(word)
    if not request.negatives:
        notices = ["no negatives were given: what is no word is synthesized speech and noise alone"]
    else:
        notices = []
    say("reading recordings")
    words = {w: None if s is None else read_clips(s.path, s.group) for w, s in request.words.items()}
    others = [read_clips(s.path, s.group, LEAST_NEGATIVES) for s in request.negatives]
    for found in (*words.values(), *others):
        notices += () if found is None else found.notices
    _check_apart(request)
    shared = {w: _shared(request, w, c) for w, c in words.items()}
    rest = [share(c, options.shares, options.seed) for c in others]
    sides = {}
    for side in SIDES:
        say(f"synthesizing speech for {side}")
        sides[side] = _side(side, request, shared, [r[side] for r in rest])
    files = tuple(f"{c.name} {c.group} {c.sha256}" for f in (*words.values(), *others) if f for c in f.clips)
    return Material(sides, tuple(notices), files)


def _shared(request: Request, word: str, clips: Clips | None) -> dict[str, Clips]:
    """The clips of each side: none of a word without recordings, all for the test if they are to judge by."""
    source = request.words[word]
    if clips is None or source is None:
        return {side: Clips(word, ()) for side in SIDES}
    if source.judged:
        return {side: clips if side == "test" else clips.take(()) for side in SIDES}
    return share(clips, request.options.shares, request.options.seed)


def _check_apart(request: Request) -> None:
    """Raise InputError if a folder is given for two things: what is a word would be learned as none."""
    seen: dict[str, str] = {}
    for what, source in [*request.words.items(), *(("the negatives", s) for s in request.negatives)]:
        if source is None:
            continue
        place = str(source.path.resolve())
        if place in seen:
            raise InputError(f"{source.path} is given for {seen[place]} and for {what}, expected one folder for each")
        seen[place] = what


def _side(side: str, request: Request, shared: dict[str, dict[str, Clips]], others: Sequence[Clips]) -> Side:
    options, names = request.options, list(request.words)
    alike = options.alike if side == "train" else CONFUSABLE
    count = max(options.sentences // (1 if side == "train" else 2), LEAST_TEXTS)
    seed = options.seed + (TEST_SEEDS * options.seed_test if side == "test" else 0)
    speech = speech_of(side, names, count, seed, options.workers, alike)
    whole, trimmed = list[tuple[np.ndarray, ...]](), list[tuple[np.ndarray, ...]]()
    for word in names:
        clips = shared[word][side].clips
        said = _said(side, word, request, len(clips))
        whole.append((*(c.wave for c in clips), *said))
        trimmed.append((*(c.trimmed() for c in clips), *said))
    waves = [[c.wave for c in found.clips] for found in others]
    weights = [SPEECH_WEIGHT * (1 - alike), SPEECH_WEIGHT * alike, *(CLIPS_WEIGHT / max(len(waves), 1) for _ in waves)]
    changes = options.augment if side == "train" else JUDGED
    cast = Cast(seed * 10 + SIDES.index(side), (*speech, *waves), tuple(weights), changes, (1,))
    return Side(tuple(whole), tuple(trimmed), cast)


def _said(side: str, word: str, request: Request, recorded: int) -> tuple[np.ndarray, ...]:
    """The word, synthesized: where there are no recordings, and for training beside them as many as wished."""
    options = request.options
    count = options.synthesized if recorded else options.synthesized or SAID
    if recorded and side != "train":
        return ()
    count = min(count, options.windows) * SHARES[side] // SHARES["train"]
    return tuple(word_of(side, word, max(count, 2), options.seed, options.workers)) if count else ()
