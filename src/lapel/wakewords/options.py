"""Options of wake words, checked; and requests: which words, of which folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, get_type_hints

from lapel.errors import UsageError, shown
from lapel.keywords import check_names, expected
from lapel.records import WakeWordOptions
from lapel.training.recipe import check_tables, read_toml
from lapel.wakewords import augmentations

NONE = ("seed", "seed_test", "synthesized", "rounds", "epochs_mined")
"""Whole numbers that may be 0."""
TABLES = ("words", "negatives", "options")
SET_HERE = ("input", "outputs", "seed")
"""Of a network's options those that are not the user's to say."""


@dataclass(frozen=True)
class Source:
    """A folder of recordings. group: a regular expression of who spoke, in the path below it.

    judged: of a word, nothing is learned from them; the test has all of them, the other sides synthesized speech.
    """

    path: Path
    group: str | None = None
    judged: bool = False


@dataclass(frozen=True)
class Request:
    """What is to be trained: words with their recordings, None for those that are synthesized alone; negatives."""

    words: Mapping[str, Source | None]
    negatives: tuple[Source, ...]
    options: WakeWordOptions

    def __post_init__(self) -> None:
        if not self.words:
            raise UsageError("no word was given: add --word NAME")
        for word in self.words:
            if not word or len(word) > 40 or not word.replace("_", "").replace(" ", "").isalnum():
                raise UsageError(f"word {shown(word)!r} is no name, expected letters, digits, blanks and _")

    @property
    def name(self) -> str:
        """Of the files that are written."""
        return "_".join(word.replace(" ", "_") for word in self.words)[:60]


def make_options(given: Mapping[str, Any], where: str = "options") -> WakeWordOptions:
    """Options, checked. Raises UsageError for names that there are not, and values that are wrong."""
    check_names(given, [f.name for f in fields(WakeWordOptions)], f"{where}: option")
    hints = get_type_hints(WakeWordOptions)
    for name, value in given.items():
        wanted = (
            ""
            if name in ("network", "teacher", "augment", "front_fields")
            else expected(hints[name], value, 0 if name in NONE else 1)
        )
        if name == "shares":
            wanted = _shares(value)
        if wanted:
            raise UsageError(f"{where}: {name} is {shown(repr(value))}, expected {wanted}")
    named = {name: _plain(value) for name, value in given.items()}
    options = WakeWordOptions(**{"augment": augmentations.usual(), **named})
    augmentations.check(options.augment)
    for name, network in (("network", options.network), ("teacher", options.teacher)):
        wrong = sorted(set(network) & set(SET_HERE))
        if wrong:
            raise UsageError(
                f"{where}: {name} has {', '.join(wrong)}, which the words and the front end say: leave it out"
            )
    if not 0 <= options.alike < 1:
        raise UsageError(f"{where}: alike is {options.alike}, expected a share from 0 on and below 1")
    if not 0 < options.taught <= 1:
        raise UsageError(f"{where}: taught is {options.taught}, expected a share above 0 and at most 1")
    return options


def _plain(value: Any) -> Any:
    """As a record has it: lists are tuples."""
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return tuple(value) if isinstance(value, list) else value


def _shares(value: Any) -> str:
    right = isinstance(value, list | tuple) and len(value) == 3 and all(isinstance(v, float | int) for v in value)
    right = right and min(value) > 0 and abs(sum(value) - 1) < 1e-6
    return "" if right else "three shares above 0 of training, validation and test that sum to 1"


def read_request(path: Path, given: Mapping[str, Any] | None = None) -> Request:
    """The request in a file of TOML; given: options in place of the file's. Raises InputError, UsageError.

    | table | keys |
    |---|---|
    | `[words.NAME]` | `positives`: a folder, relative to the file; none for a word that is synthesized alone; `group`;
    `judged = true`: nothing is learned from them, they are the test |
    | `[negatives.NAME]` | `path`, `group` |
    | `[options]` | those of `WakeWordOptions` |
    """
    found = read_toml(path)
    check_names(found, TABLES, f"{path}:")
    check_tables(path, found)
    words = {word: _source(path, f"words.{word}", table, "positives", False)
             for word, table in found.get("words", {}).items()}  # fmt: skip
    negatives = [_source(path, f"negatives.{name}", table, "path", True)
                 for name, table in found.get("negatives", {}).items()]  # fmt: skip
    options = make_options({**found.get("options", {}), **(given or {})}, f"{path} [options]")
    return Request(words, tuple(s for s in negatives if s is not None), options)


def _source(path: Path, where: str, table: Any, key: str, needed: bool) -> Source | None:
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: {where} is {shown(repr(table))}, expected a table [{where}]")
    check_names(table, (key, "group", *(() if needed else ("judged",))), f"{path} [{where}]:")
    for name, value in table.items():
        if not isinstance(value, bool if name == "judged" else str):
            raise UsageError(
                f"{path} [{where}]: {name} is {shown(repr(value))}, expected text in quotes; judged: true or false"
            )
    if key not in table:
        if needed:
            raise UsageError(f"{path} [{where}] has no {key}, expected a folder of recordings")
        return None
    return Source(path.parent / table[key], table.get("group"), table.get("judged", False))


def make_request(
    words: Sequence[str], positives: Sequence[Path], negatives: Sequence[Path], group: str | None, given: dict[str, Any]
) -> Request:
    """A request of a command line: the folders of the words in their order, as many or none. Raises UsageError."""
    if positives and len(positives) != len(words):
        raise UsageError(
            f"{len(words)} words and {len(positives)} folders of positives, expected one for each word, in their "
            "order; none at all for words that espeak-ng says"
        )
    if len(set(words)) != len(words):
        raise UsageError(f"words are {', '.join(map(shown, words))}, expected each of them once")
    found: dict[str, Source | None] = dict.fromkeys(words)
    found.update({word: Source(path, group) for word, path in zip(words, positives, strict=False)})
    return Request(found, tuple(Source(p, group) for p in negatives), make_options(given))
