"""The keys of a target's .toml and the type of each: unknown, missing and mistyped keys are errors."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from lapel.errors import TargetError
from lapel.targets import files, memories
from lapel.targets.constants import read_constant

REQUIRED: dict[str, type] = {
    "description": str,
    "compiler": str,
    "cflags": list,
    "optimize": str,
    "index_bits": int,
    "rom": str,
    "arena_align": int,
    "kernels": list,
    "emulator": dict,
}
OPTIONAL: dict[str, type] = {
    "memory": dict,
    "memories": dict,
    "flash_bytes": int,
    "ram_bytes": int,
    "clock_hz": int,
    "pj_per_cycle": float,
    "pj_per_cycle_error": float,
    "pj_per_cycle_source": str,
    "energy": dict,
    "names": dict,
    "timing": str,
    "flash_wait_states": int,
    "flash_line_bytes": int,
    "flash_cache_bytes": int,
    "flash_data_cache_bytes": int,
    "flash_accelerator": str,
}
EMULATOR: dict[str, type] = {
    "kind": str,
    "program": str,
    "machine": str,
    "arguments": list,
    "harness": str,
    "defines": list,
    "libraries": list,
}
ENERGY = ("sleep_uw", "wake_us", "wake_uj", "capture_uw")
"""Constants of the table `energy`, see `lapel.targets.constants`: what a board takes beside computing."""
REGION: dict[str, type] = {"origin": int, "length": int}
POSITIVE = ("flash_bytes", "ram_bytes", "clock_hz", "pj_per_cycle", "pj_per_cycle_error", "arena_align", "length")
"""Keys whose values are above 0."""
SAID = {str: "a string", int: "a whole number", float: "a number", list: "a list of strings", dict: "a table"}
ROM = ("unified", "separate")
ACCELERATORS = ("none", "prefetch", "cache")


def check(path: Path, table: Mapping[str, Any]) -> None:
    """Check a resolved table. Raises TargetError, which lists every problem, with the line of its key."""
    problems = _compare(path, "", table, REQUIRED, OPTIONAL)
    if isinstance(table.get("emulator"), dict):
        problems += _compare(path, "emulator.", table["emulator"], EMULATOR)
    regions = table.get("memory")
    for name, region in regions.items() if isinstance(regions, dict) else ():
        if isinstance(region, dict):
            problems += _compare(path, f"memory.{name}.", region, REGION)
        else:
            problems.append(f"memory.{name} is {region!r}, expected a table with {' and '.join(REGION)}")
    problems = problems or _values(path, table)
    if problems:
        raise TargetError(f"{path}: " + "; ".join(problems))


def _values(path: Path, table: Mapping[str, Any]) -> list[str]:
    """What is wrong with values whose types are right."""
    problems = _choice(path, table, "rom", ROM) + _choice(path, table, "timing", files.find("timing"))
    problems += _energy(path, table)
    problems += memories.problems(path, table)
    for key, name in table.get("names", {}).items():
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            problems.append(f"names.{key}{files.line_of(path, f'names.{key}')} is {name!r}, expected a name")
    kind = table.get("flash_accelerator")
    if table.get("flash_wait_states") is not None:
        if kind not in ACCELERATORS or table.get("flash_line_bytes", 0) < 1:
            problems.append(f"flash_wait_states needs flash_line_bytes and flash_accelerator, one of {ACCELERATORS}")
        if (kind == "cache") != ("flash_cache_bytes" in table):
            problems.append("flash_cache_bytes goes with flash_accelerator 'cache', and with no other")
        if kind != "cache" and "flash_data_cache_bytes" in table:
            problems.append("flash_data_cache_bytes goes with flash_accelerator 'cache', and with no other")
    if "portable" not in table["kernels"]:
        problems.append("kernels must have 'portable' among them, which has every operator")
    return problems


def _energy(path: Path, table: Mapping[str, Any]) -> list[str]:
    """What is wrong with the constants of a board's energy."""
    problems = []
    if table.get("pj_per_cycle_error", 0) >= 1:
        at = files.line_of(path, "pj_per_cycle_error")
        problems.append(f"pj_per_cycle_error{at} is {table['pj_per_cycle_error']!r}, expected a share below 1")
    for key, constant in table.get("energy", {}).items():
        at = files.line_of(path, f"energy.{key}")
        if key not in ENERGY:
            problems.append(f"unknown key energy.{key}{at}, expected one of {', '.join(ENERGY)}")
            continue
        try:
            read_constant(path.stem, key, constant)
        except ValueError as e:
            problems.append(f"energy.{key}{at} {e}")
    return problems


def _choice(path: Path, table: Mapping[str, Any], key: str, choices: Iterable[str]) -> list[str]:
    if key not in table or table[key] in choices:
        return []
    return [f"{key}{files.line_of(path, key)} is {table[key]!r}, expected one of {', '.join(sorted(choices))}"]


def _compare(
    path: Path,
    where: str,
    table: Mapping[str, Any],
    required: Mapping[str, type],
    optional: Mapping[str, type] | None = None,
) -> list[str]:
    known = {**required, **(optional or {})}
    problems = [f"missing key {where}{key}" for key in required if key not in table]
    for key, value in table.items():
        at = files.line_of(path, where + key)
        if key not in known:
            near = difflib.get_close_matches(key, known, n=1)
            problems.append(f"unknown key {where}{key}{at}" + (f", did you mean {near[0]}?" if near else ""))
        elif not _is(value, known[key]):
            problems.append(f"{where}{key}{at} is {value!r}, expected {SAID[known[key]]}")
        elif key in POSITIVE and value <= 0:
            problems.append(f"{where}{key}{at} is {value!r}, expected more than 0")
    return problems


def _is(value: object, kind: type) -> bool:
    if kind is list:
        return isinstance(value, list) and all(isinstance(v, str) for v in value)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and not isinstance(value, bool)
