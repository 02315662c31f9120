"""What a training is made of: utterances that are learned from, and those that judge."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lapel.errors import InputError, shown
from lapel.speakers import voices
from lapel.speakers.options import VOICES, Request, Source
from lapel.speakers.voices import Utterance
from lapel.wakewords.clips import Clips, read_clips
from lapel.wakewords.synthesis import check_word

LEAST_CLIPS = 2


@dataclass(frozen=True, eq=False)
class Material:
    """learned: utterances whose speaker is known; clips: recordings whose speaker is not; validation, tests: what
    judges, by name. files: what tells the recordings from others."""

    learned: tuple[Utterance, ...]
    clips: tuple[Utterance, ...]
    validation: dict[str, tuple[Utterance, ...]]
    tests: dict[str, tuple[Utterance, ...]]
    notices: tuple[str, ...]
    files: tuple[str, ...]


def gather(request: Request, say: Callable[[str], None]) -> Material:
    """Read recordings and synthesize speech. Raises InputError, UsageError, MissingTool."""
    o = request.options
    for word in (*(o.words if o.voices or o.judged_voices else ()), *(o.others if o.voices else ())):
        check_word(word)
    _check_apart(request)
    say("reading recordings")
    read = {s: read_clips(s.path, s.group, LEAST_CLIPS) for s in _sources(request)}
    say("synthesizing voices")
    said = voices.learned(o.words, o.others, o.voices, o.spoken, o.seed, o.workers)
    known = [u for s in request.speakers for u in _utterances(read[s], s)]
    unknown = [Utterance(f"{s.path}/{c.name}", "", c.trimmed()) for s in request.clips for c in read[s].clips]
    judged = [
        {VOICES: tuple(voices.judged(side, o.words, o.judged_voices, o.judged_spoken, o.seed, o.workers))}
        if o.judged_voices
        else {}
        for side in ("val", "test")
    ]
    validation, tests = (
        {**said, **{name: tuple(_utterances(read[s], s)) for name, s in sources.items()}}
        for said, sources in zip(judged, (request.validation, request.tests), strict=True)
    )
    return Material(
        (*said, *known),
        tuple(unknown),
        validation,
        tests,
        tuple(notice for clips in read.values() for notice in clips.notices),
        tuple(f"{c.name} {c.group} {c.sha256}" for clips in read.values() for c in clips.clips),
    )


def _sources(request: Request) -> list[Source]:
    return [*request.speakers, *request.clips, *request.validation.values(), *request.tests.values()]


def _check_apart(request: Request) -> None:
    """Raise InputError if a folder is given twice: what is learned would judge."""
    seen: set[str] = set()
    for source in _sources(request):
        place = str(source.path.resolve())
        if place in seen:
            raise InputError(
                f"{source.path} is given twice, expected one use of each folder: what is learned judges none"
            )
        seen.add(place)


def _utterances(clips: Clips, source: Source) -> list[Utterance]:
    return [Utterance(c.group, _text(c.name, source), c.trimmed()) for c in clips.clips]


def _text(name: str, source: Source) -> str:
    if source.text is None:
        return ""
    match = re.search(source.text, name)
    if match is None or match[1] is None:
        raise InputError(f"text {shown(source.text)!r} finds nothing in {shown(name)!r} of {source.path}")
    return match[1]
