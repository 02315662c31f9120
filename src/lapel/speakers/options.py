"""Options of speakers, checked; and requests: which recordings are learned from, and which judge."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, get_type_hints

from lapel.audio import frontend
from lapel.errors import UsageError, shown
from lapel.files import LEDGER
from lapel.keywords import check_names, expected
from lapel.records import SpeakerOptions, WakeWord
from lapel.records.frontend import FrontEnd
from lapel.training.recipe import check_tables, read_toml

JUDGING = ("path", "group", "text")
KEYS = {"speakers": ("path", "group"), "clips": ("path",), "validation": JUDGING, "test": JUDGING}
TABLES = ("word", *KEYS, "options")
VOICES = "synthesized voices"
"""What they are called among what judges."""
SET_HERE = ("input", "outputs", "seed")
"""Of a network's options those that are not the user's to say."""
NONE = ("seed", "voices", "judged_voices")
"""Whole numbers that may be 0."""
FREE = ("network", "front_fields")
LEAST = {"resamples": 20}
MOST = {"utterances": 16, "frames": 1000}


@dataclass(frozen=True)
class Source:
    """A folder of recordings. group, text: regular expressions whose first group, in the path below it, says who spoke
    and what was said; without them the subfolder says the one, and all say the same."""

    path: Path
    group: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class Request:
    """What is to be trained. speakers: recordings whose speaker is known; clips: those of whoever it is; validation:
    what a threshold is chosen by, tests: what judges, by name. front: that of the word; None: as the options say."""

    options: SpeakerOptions
    speakers: tuple[Source, ...] = ()
    clips: tuple[Source, ...] = ()
    validation: Mapping[str, Source] = field(default_factory=dict)
    tests: Mapping[str, Source] = field(default_factory=dict)
    front: FrontEnd | None = None

    def __post_init__(self) -> None:
        if not self.options.voices and not self.speakers and not self.clips:
            raise UsageError("voices is 0 and no recordings are given: there is nothing to learn from")
        if not self.options.judged_voices and not (self.validation and self.tests):
            raise UsageError(
                "judged_voices is 0, and [validation.NAME] or [test.NAME] is missing: there is nothing to choose a "
                "threshold by, or to judge by"
            )
        if self.options.judged_voices == 1:
            raise UsageError("judged_voices is 1, expected two or more to tell apart, or 0")

    @property
    def name(self) -> str:
        """Of the files that are written."""
        return "_".join(("speaker", *(w.replace(" ", "_") for w in self.options.words)))[:60]

    def make_front(self) -> FrontEnd:
        """The front end. Raises UsageError: there is none such, or its features are no bytes from 0 on."""
        options = self.options
        front = self.front or frontend.make(options.front, **{"hop_ms": options.hop_ms, **options.front_fields})
        if front.zero != -128:
            raise UsageError(f"front end {front.mode}: its zero is {front.zero}, expected features that begin at -128")
        return front


def make_options(given: Mapping[str, Any], where: str = "options") -> SpeakerOptions:
    """Options, checked. Raises UsageError for names that there are not, and values that are wrong."""
    check_names(given, [f.name for f in fields(SpeakerOptions)], f"{where}: option")
    hints = get_type_hints(SpeakerOptions)
    for name, value in given.items():
        least = LEAST.get(name, 0 if name in NONE else 1)
        wanted = (
            "" if name in FREE else expected(hints[name], list(value) if isinstance(value, tuple) else value, least)
        )
        if not wanted and name in MOST and value > MOST[name]:
            wanted = f"at most {MOST[name]}"
        if wanted:
            raise UsageError(f"{where}: {name} is {shown(repr(value))}, expected {wanted}")
    options = replace(SpeakerOptions(), **{name: _plain(value) for name, value in given.items()})
    if not options.words:
        raise UsageError(f'{where}: words are none, expected what is verified, such as words = ["computer"]')
    wrong = sorted(set(options.network) & set(SET_HERE))
    if wrong:
        raise UsageError(f"{where}: network has {', '.join(wrong)}, which windows and speakers say: leave it out")
    return options


def _plain(value: Any) -> Any:
    """As a record has it: lists are tuples."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return tuple(value) if isinstance(value, list) else value


def read_request(path: Path, given: Mapping[str, Any] | None = None) -> Request:
    """The request in a file of TOML; given: options in place of the file's. Raises InputError, FormatError, UsageError.

    | table | keys |
    |---|---|
    | `[word]` | `record`: the wakeword.json whose front end and words are taken, relative to the file |
    | `[speakers.NAME]` | `path`, `group`: recordings whose speakers are learned |
    | `[clips.NAME]` | `path`: recordings of speakers that nobody knows, each learned as one of its own |
    | `[validation.NAME]` | `path`, `group`, `text`: recordings that the threshold is chosen by |
    | `[test.NAME]` | `path`, `group`, `text`: recordings that judge |
    | `[options]` | those of `SpeakerOptions` |
    """
    found = read_toml(path)
    check_names(found, TABLES, f"{path}:")
    check_tables(path, found)
    word = _word(path, found.get("word", {}))
    words = {} if word is None else {"words": word.detector.words}
    options = make_options({**words, **found.get("options", {}), **(given or {})}, f"{path} [options]")
    sources = {kind: _sources(path, kind, found.get(kind, {})) for kind in KEYS}
    front = None if word is None else word.front
    speakers, clips = (tuple(sources[kind].values()) for kind in ("speakers", "clips"))
    return Request(options, speakers, clips, sources["validation"], sources["test"], front)


def _word(path: Path, table: Mapping[str, Any]) -> WakeWord | None:
    check_names(table, ("record",), f"{path} [word]:")
    if not table:
        return None
    if not isinstance(table["record"], str):
        raise UsageError(f"{path} [word]: record is {shown(repr(table['record']))}, expected text in quotes")
    return WakeWord.read(path.parent / table["record"], ignored=(LEDGER,))


def _sources(path: Path, kind: str, tables: Mapping[str, Any]) -> dict[str, Source]:
    found = {}
    for name, table in tables.items():
        where = f"{path} [{kind}.{name}]"
        if not isinstance(table, Mapping):
            raise UsageError(f"{path}: {kind}.{name} is {shown(repr(table))}, expected a table [{kind}.{name}]")
        check_names(table, KEYS[kind], f"{where}:")
        for key, value in table.items():
            if not isinstance(value, str):
                raise UsageError(f"{where}: {key} is {shown(repr(value))}, expected text in quotes")
        if "path" not in table:
            raise UsageError(f"{where} has no path, expected a folder of recordings")
        _check_pattern(table.get("text"), where)
        found[name] = Source(path.parent / table["path"], table.get("group"), table.get("text"))
    return found


def _check_pattern(pattern: str | None, where: str) -> None:
    try:
        groups = 1 if pattern is None else re.compile(pattern).groups
    except re.error as e:
        raise UsageError(f"{where}: text {shown(str(pattern))!r} is no regular expression: {e}") from None
    if not groups:
        raise UsageError(f"{where}: text {shown(str(pattern))!r} has no (group), expected one round what is said")
