"""Recipes of cascades: stages, audio to tune on, and what is tried, as a .toml file that is checked as a whole.

| table | keys |
|---|---|
| (none) | `target`: a board; `words`: a wakeword.json, relative to the file; `verifier`: a verifier.json; `name` in C |
| `[positives.WORD]` | `path`: a folder of recordings of a word; `group`: a regular expression of who spoke |
| `[negatives.NAME]` | `path`, `group`: recordings of other speech |
| `[recordings.NAME]` | `path`: a folder of long recordings in which no word is said |
| `[scenes]` | `SceneOptions` |
| `[tuning]` | `TuningOptions` |
| `[gate]` | fields of `Cascade` that are not tried: `GATE` |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Annotated, Any, Literal, get_type_hints

from lapel.cascades.tuning import TuningOptions
from lapel.errors import UsageError, shown
from lapel.keywords import Between, check_names, expected
from lapel.records import Cascade
from lapel.training.recipe import check_tables, read_toml
from lapel.wakewords import Source

PLAIN = ("target", "words", "verifier", "name")
TABLES = ("positives", "negatives", "recordings", "scenes", "tuning", "gate")
GATE = ("hop_samples", "stride", "hiss", "crossings", "least", "rise", "fall")


@dataclass(frozen=True)
class SceneOptions:
    """Scenes that are made of recordings. sound: share of them in which something is said. words: that are said in a
    scene. side: of the recordings; the words' own validation part, or their test. most: of the recordings of a word
    that are used; rounds: how often each is said, each time in another scene. seed: of what is drawn."""

    sound: Annotated[float, Between(0.005, 1)] = 0.05
    words: int = 4
    side: Literal["val", "test"] = "val"
    most: int = 200
    rounds: int = 1
    seed: Annotated[int, Between(0, 1 << 31)] = 0


@dataclass(frozen=True)
class CascadeRecipe:
    """A recipe, checked; its files are not yet read."""

    where: Path
    target: str
    words: Path
    verifier: Path | None
    name: str | None
    positives: Mapping[str, Source]
    negatives: tuple[Source, ...]
    recordings: tuple[Path, ...]
    scenes: SceneOptions
    tuning: TuningOptions
    gate: Mapping[str, int]


def read_recipe(path: Path | str) -> CascadeRecipe:
    """The recipe in a file. Raises InputError: not readable, no TOML; UsageError: keys or values that are unknown or
    wrong, none that has to be there."""
    path = Path(path)
    found = read_toml(path)
    check_names(found, (*PLAIN, *TABLES), f"{path}:")
    check_tables(path, {k: v for k, v in found.items() if k in TABLES})
    plain = {k: _text(path, k, found[k]) for k in PLAIN if k in found}
    for key, what in (("target", "a board, `lapel boards` lists them"), ("words", "the wakeword.json of a training")):
        if key not in plain:
            raise UsageError(f"{path} has no {key}, expected {what}")
    folder = path.parent
    positives = {w: _source(path, f"positives.{w}", folder, t) for w, t in found.get("positives", {}).items()}
    negatives = [_source(path, f"negatives.{n}", folder, t) for n, t in found.get("negatives", {}).items()]
    recordings = [_source(path, f"recordings.{n}", folder, t).path for n, t in found.get("recordings", {}).items()]
    if not positives:
        raise UsageError(f"{path}: nothing to tune on: give recordings of a word as [positives.WORD] with a path")
    _check_apart(path, positives, negatives)
    return CascadeRecipe(
        where=path,
        target=plain["target"],
        words=folder / plain["words"],
        verifier=folder / plain["verifier"] if "verifier" in plain else None,
        name=plain.get("name"),
        positives=positives,
        negatives=tuple(negatives),
        recordings=tuple(recordings),
        scenes=_options(path, "scenes", SceneOptions, found.get("scenes", {})),
        tuning=_options(path, "tuning", TuningOptions, found.get("tuning", {})),
        gate=_gate(path, found.get("gate", {})),
    )


def _check_apart(path: Path, positives: Mapping[str, Source], negatives: Sequence[Source]) -> None:
    """Raise UsageError if a folder has a word and is to have none."""
    words = {source.path.resolve(): word for word, source in positives.items()}
    for source in negatives:
        word = words.get(source.path.resolve())
        if word is not None:
            raise UsageError(
                f"{path}: {source.path} is given as [positives.{word}] and as negatives, expected one use of a folder"
            )


def _text(path: Path, key: str, value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise UsageError(f"{path}: {key} is {shown(repr(value))}, expected text in quotes")
    return value


def _source(path: Path, where: str, folder: Path, table: Any) -> Source:
    if not isinstance(table, Mapping):
        raise UsageError(f"{path}: {where} is {shown(repr(table))}, expected a table [{where}]")
    check_names(table, ("path", "group"), f"{path} [{where}]:")
    if "path" not in table:
        raise UsageError(f"{path} [{where}] has no path, expected a folder of recordings")
    given = {k: _text(path, f"[{where}] {k}", v) for k, v in table.items()}
    return Source(folder / given["path"], given.get("group"))


def _options(path: Path, table: str, kind: type, given: Mapping[str, Any]) -> Any:
    check_names(given, [f.name for f in fields(kind)], f"{path} [{table}]:")
    hints = get_type_hints(kind, include_extras=True)
    for name, value in given.items():
        wanted = expected(hints[name], value) if value != [] else "a list that is not empty"
        if wanted:
            raise UsageError(f"{path} [{table}]: {name} is {shown(repr(value))}, expected {wanted}")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})


def _gate(path: Path, given: Mapping[str, Any]) -> dict[str, int]:
    check_names(given, GATE, f"{path} [gate]:")
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise UsageError(f"{path} [gate]: {name} is {shown(repr(value))}, expected a whole number from 0 on")
    Cascade(**given)
    return dict(given)
