"""What to say of an unknown target's name: which one is meant, what there is for that chip, or that nothing is."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

FAMILIES = Path(__file__).parent / "families.toml"
CLOSE = 0.75
"""Likeness, as difflib has it, from which on a name is one with a mistake in it, and not another one."""
SHOWN = 6
"""Names in a suggestion at most, if more than one is left out."""


def suggest(name: str, known: Mapping[str, str]) -> str:
    """A clause for an error message, or nothing; known: the names of targets, and what each is."""
    typed = _plain(name)
    same = [k for k in known if _letters(k) == _letters(typed)]
    if same:
        return _meant(same)
    chips = [k for k, what in known.items() if typed in _chips(what)]
    if chips:
        return _meant(chips)
    for family in _families():
        if re.fullmatch(family["names"], typed):
            core = family.get("core")
            there = f"take {core!r}" if core else "there is no target for it"
            return f"{family['says']}: {there}; "
    within = [k for k, what in known.items() if typed and (typed in k or _starts_word(typed, what))]
    within = within or [k for k, what in known.items() if _letters(typed) and _letters(typed) in _letters(what)]
    return _meant(within or difflib.get_close_matches(typed, known, n=1, cutoff=CLOSE))


def _starts_word(typed: str, what: str) -> bool:
    return any(word.startswith(typed) for word in _words(what))


def _words(what: str) -> set[str]:
    return {_plain(w) for w in re.split(r"[\s(),]+", what)}


def _chips(what: str) -> set[str]:
    """Names of chips in a description: words with a digit in them that are not the core's."""
    return {w for w in _words(what) if re.search(r"[a-z].*\d", w) and not w.startswith(("cortex", "rv"))}


def _meant(names: Sequence[str]) -> str:
    if not names:
        return ""
    shown = names if len(names) == SHOWN + 1 else names[:SHOWN]
    more = f" or {len(names) - SHOWN} others" if len(names) > len(shown) else ""
    return f"did you mean {', '.join(map(repr, shown))}{more}? "


def _plain(name: str) -> str:
    """In lower case, with dashes for blanks, colons and underscores; a plus, as of the Cortex-M0+, as a word."""
    return re.sub(r"[\s_:]+", "-", name.strip().lower().replace("+", "plus"))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@cache
def _families() -> tuple[Mapping[str, str], ...]:
    return tuple(tomllib.loads(FAMILIES.read_text(encoding="utf-8"))["family"])
