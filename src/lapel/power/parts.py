"""Batteries, microphones and radios: a .toml each, found here, or any file of the user's by its path.

Every figure of one is a constant with source and bounds (`lapel.targets.constants`).

| kind | constants |
|---|---|
| batteries | voltage_v, energy_wh, self_discharge_percent (a year), shelf_years; pulse_ma: currents up to this cost nothing more; most_ma: up to this somebody knows what it gives, pulsed_share of the energy |
| microphones | power_uw, all the time |
| radios | uj_per_byte, peak_ma, most_bytes_s |
"""  # noqa: E501

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from lapel.errors import UsageError, shown
from lapel.keywords import meant
from lapel.records import Bounded, Constant
from lapel.targets import read_constant

Kind = Literal["batteries", "microphones", "radios"]
NEEDED: Mapping[Kind, tuple[str, ...]] = {
    "batteries": (
        "voltage_v", "energy_wh", "self_discharge_percent", "pulse_ma", "most_ma", "pulsed_share", "shelf_years",
    ),
    "microphones": ("power_uw",),
    "radios": ("uj_per_byte", "peak_ma", "most_bytes_s"),
}  # fmt: skip
TEXTS = {"description": True, "note": False}
"""Keys that are text, and whether they have to be there."""


@dataclass(frozen=True)
class Part:
    """What a file says: a battery, a microphone or a radio."""

    name: str
    description: str
    note: str
    constants: tuple[Constant, ...]

    def __getitem__(self, name: str) -> Bounded:
        """The figure of that name."""
        return next(c.figure for c in self.constants if c.name == name)


def list_parts(kind: Kind) -> tuple[str, ...]:
    """Names of those that Lapel has, sorted."""
    return tuple(sorted(p.stem for p in (Path(__file__).parent / kind).glob("*.toml")))


def load_part(kind: Kind, name: str | Path) -> Part:
    """The part of that name, or in that file, whose name ends in .toml.

    Raises UsageError: there is none, or all that is wrong with its file.
    """
    path = Path(name) if str(name).endswith(".toml") else Path(__file__).parent / kind / f"{name}.toml"
    if path != Path(name) and name not in list_parts(kind):
        known = meant(str(name), list_parts(kind))
        raise UsageError(f"{kind}: {shown(str(name))!r} is none (yours are given by their path, FILE.toml): {known}")
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as e:
        raise UsageError(f"{path}: cannot be read: {e.strerror}") from None
    except ValueError as e:
        raise UsageError(f"{path}: is no TOML in UTF-8: {e}") from None
    return _part(kind, path, table)


def _part(kind: Kind, path: Path, table: Mapping[str, Any]) -> Part:
    problems = [f"missing key {key}" for key in (*NEEDED[kind], "description") if key not in table]
    problems += [f"unknown key {key}" for key in table if key not in (*NEEDED[kind], *TEXTS)]
    problems += [f"{key} is {table[key]!r}, expected text" for key in TEXTS if not isinstance(table.get(key, ""), str)]
    constants = []
    for key in NEEDED[kind]:
        try:
            constants += [read_constant(path.stem, key, table[key])] if key in table else []
        except ValueError as e:
            problems.append(f"{key} {e}")
    if problems:
        raise UsageError(f"{path}: {'; '.join(problems)}")
    return Part(path.stem, table["description"], table.get("note", ""), tuple(constants))
