"""The keys of a target's .toml and the type of each: unknown, missing and mistyped keys are errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

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
    "flash_bytes": int,
    "ram_bytes": int,
    "clock_hz": int,
    "pj_per_cycle": float,
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
REGION: dict[str, type] = {"origin": int, "length": int}
ROM = ("unified", "separate")
ACCELERATORS = ("none", "prefetch", "cache")


def check(path: Path, table: Mapping[str, Any]) -> None:
    """Check a resolved table; ValueError lists every problem (a defect of the file, not of a user)."""
    problems = _compare("", table, REQUIRED, OPTIONAL)
    if isinstance(table.get("emulator"), dict):
        problems += _compare("emulator.", table["emulator"], EMULATOR)
    for name, region in (table.get("memory") or {}).items():
        problems += _compare(f"memory.{name}.", region, REGION)
    if table.get("rom") not in ROM:
        problems.append(f"rom is {table.get('rom')!r}, expected one of {ROM}")
    if table.get("flash_wait_states") is not None:
        kind = table.get("flash_accelerator")
        if kind not in ACCELERATORS or table.get("flash_line_bytes", 0) < 1:
            problems.append(f"flash_wait_states needs flash_line_bytes and flash_accelerator, one of {ACCELERATORS}")
        if (kind == "cache") != ("flash_cache_bytes" in table):
            problems.append("flash_cache_bytes goes with flash_accelerator 'cache', and with no other")
        if kind != "cache" and "flash_data_cache_bytes" in table:
            problems.append("flash_data_cache_bytes goes with flash_accelerator 'cache', and with no other")
    if (table.get("kernels") or [""])[-1] != "portable":
        problems.append("kernels must end with 'portable', which has every operator")
    if problems:
        raise ValueError(f"{path.name}: " + "; ".join(problems))


def _compare(
    where: str,
    table: Mapping[str, Any],
    required: Mapping[str, type],
    optional: Mapping[str, type] | None = None,
) -> list[str]:
    known = {**required, **(optional or {})}
    problems = [f"missing key {where}{key}" for key in required if key not in table]
    for key, value in table.items():
        if key not in known:
            problems.append(f"unknown key {where}{key}")
        elif not _is(value, known[key]):
            problems.append(f"{where}{key} is {value!r}, expected {known[key].__name__}")
    return problems


def _is(value: object, kind: type) -> bool:
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    return isinstance(value, kind) and not isinstance(value, bool)
