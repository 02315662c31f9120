"""Folders of recordings: read, judged, and shared among training, validation and test by speaker or clip."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lapel.audio.files import read_sound
from lapel.data.splits import SHARES
from lapel.errors import InputError, UsageError, shown, some

SUFFIXES = (".wav", ".flac", ".ogg", ".aif", ".aiff")
LEAST_CLIPS = 6
"""Two for each side: fewer say nothing about what is missed."""
LEAST_S = 0.2
MOST_S = 20.0
SIDES = ("train", "val", "test")
FRAME = 320
BELOW_DB = 32.0
"""What is more than this below a recording's loudest frame is not taken for the word."""
MARGIN = 1600
"""Samples that are kept around it."""


@dataclass(frozen=True, eq=False)
class Clip:
    """A recording. wave: int16 [samples] of 16 kHz; group: who spoke, or the clip itself; sha256: of the file."""

    name: str
    group: str
    wave: np.ndarray
    sha256: str = ""

    def trimmed(self) -> np.ndarray:
        """int16: what is loud in it, with a margin on either side."""
        first, last = self.loud
        return self.wave[max(first - MARGIN, 0) : last + MARGIN]

    @property
    def loud(self) -> tuple[int, int]:
        """First and last sample of what is loud, frame by frame."""
        frames = self.wave[: len(self.wave) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
        level_db = 20 * np.log10(np.sqrt(np.mean(frames**2, axis=1)) + 1.0)
        loud = np.flatnonzero(level_db > level_db.max() - BELOW_DB)
        return int(loud[0]) * FRAME, int(loud[-1] + 1) * FRAME


@dataclass(frozen=True, eq=False)
class Clips:
    """The recordings of a folder, and what a user has to know about them, a sentence each."""

    where: str
    clips: tuple[Clip, ...]
    notices: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.clips)

    def take(self, at: Sequence[int]) -> Clips:
        """Some of them."""
        return Clips(self.where, tuple(self.clips[k] for k in at))


def read_clips(folder: Path, group: str | None = None, least: int = LEAST_CLIPS) -> Clips:
    """All recordings below a folder.

    group: a regular expression whose first group, found in the path below the folder, says who spoke; the name of the
    subfolder if not given, and each clip alone where there is none. Recordings that cannot be read, are silent, or too
    short or long for a word are left out, which the notices say. Raises InputError: no folder, fewer than `least` are
    left; UsageError: no regular expression.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder, expected one of recordings ({', '.join(SUFFIXES)})")
    files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    clips, left, told = list[Clip](), list[str](), dict[str, list[str]]()
    for path in files:
        name = str(path.relative_to(folder))
        try:
            sound = read_sound(path)
        except InputError as e:
            said = e.message.removeprefix(str(path)).partition(": expected")[0].strip()
            left.append(f"{name} ({said[:80]})")
            continue
        for notice in sound.recording.notices:
            told.setdefault(_kind(notice), []).append(name)
        wrong = _wrong(sound.samples)
        if wrong:
            left.append(f"{name} ({wrong})")
        else:
            clips.append(Clip(name, _group(name, group), sound.samples, hashlib.sha256(path.read_bytes()).hexdigest()))
    if len(clips) < least:
        found = f"{len(files)} recording{'s' * (len(files) != 1)}"
        found += f", of which {some(left, 3, 120)} cannot be used" if left else ""
        raise InputError(f"{folder} holds {found}; expected {least} or more that can: add some")
    return Clips(str(folder), tuple(clips), _notices(folder, left, told))


def _wrong(wave: np.ndarray) -> str:
    """Why a recording is of no use; "" if it is."""
    seconds = len(wave) / 16000
    if not LEAST_S <= seconds <= MOST_S:
        return f"{seconds:.2f} s long, expected {LEAST_S:g} to {MOST_S:g}"
    return "silent" if int(wave.max()) - int(wave.min()) < 64 else ""


def _kind(notice: str) -> str:
    """A notice without its numbers, so that one sentence tells all files of which it is true."""
    return re.sub(r"\s*\(.*?\)|: .*$", "", re.sub(r"^[\d.]+ ?%?", "some", notice))


def _notices(folder: Path, left: Sequence[str], told: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    found = [f"{folder}: {len(left)} recordings were left out: {some(left, 3, 120)}"] if left else []
    return (*found, *(f"{folder}: {len(names)} recordings: {kind}: {some(names, 3)}" for kind, names in told.items()))


def _group(name: str, pattern: str | None) -> str:
    if pattern is None:
        return Path(name).parts[0] if len(Path(name).parts) > 1 else name
    try:
        match = re.search(pattern, name)
    except re.error as e:
        raise UsageError(f"group {shown(pattern)!r} is no regular expression: {e}") from None
    if match is None or not match.re.groups or match[1] is None:
        raise InputError(f"group {shown(pattern)!r} finds nothing in {shown(name)!r}: has it a (group)?")
    return match[1]


def share(clips: Clips, shares: Sequence[float] = SHARES, seed: int = 0) -> dict[str, Clips]:
    """The clips of each side, whole groups on one. Raises InputError if a side would be empty."""
    groups = sorted({c.group for c in clips.clips})
    rng = np.random.default_rng(seed)
    sizes = {g: sum(c.group == g for c in clips.clips) for g in groups}
    missing = [s * len(clips) for s in shares]
    sides: dict[str, int] = {}
    order = [groups[k] for k in rng.permutation(len(groups))]
    for k, g in enumerate(order):
        # The first ones go round, so that with few speakers no side is left empty.
        side = k if k < len(SIDES) else int(np.argmax(missing))
        sides[g] = side
        missing[side] -= sizes[g]
    found = {name: clips.take([k for k, c in enumerate(clips.clips) if sides[c.group] == n])
             for n, name in enumerate(SIDES)}  # fmt: skip
    empty = [name for name, part in found.items() if not len(part)]
    if empty:
        raise InputError(
            f"{clips.where}: {len(groups)} speakers or clips, none is left for {', '.join(empty)}: expected 3 or more"
        )
    return found
