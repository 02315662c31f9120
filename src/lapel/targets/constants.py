"""Constants of .toml files that have a source and an error: of boards, and of what stands beside them.

    sleep_uw = { value = 14.9, low = 8, high = 20, source = "ST DS14830, features" }
    wake_us = { value = 30, error = 0.5, source = "..." }

Each has a value, its bounds or its error as a share of the value, and where it was found.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lapel.records import Bounded, Constant

KEYS = {"value", "low", "high", "error", "source"}


def read_constant(of: str, name: str, table: object) -> Constant:
    """The constant in a table. of: the file's name. Raises ValueError with what is wrong, to stand behind its key."""
    if not isinstance(table, Mapping):
        found = "is missing" if table is None else f"is {table!r}"
        raise ValueError(f"{found}, expected a table with value, error (or low and high) and source")
    if unknown := sorted(set(table) - KEYS):
        raise ValueError(f"has unknown keys {', '.join(unknown)}, expected {', '.join(sorted(KEYS))}")
    value, source = _number(table, "value"), table.get("source")
    if not isinstance(source, str) or not source.strip():
        raise ValueError("has no source: say where the value stands, or that it is an order of magnitude")
    return Constant(of, name, _bounded(table, value), source)


def _bounded(table: Mapping[str, Any], value: float) -> Bounded:
    if "error" in table and not table.keys() & {"low", "high"}:
        error = _number(table, "error")
        if error >= 1:
            raise ValueError(f"has error {error:g}, expected a share of the value, below 1")
        return Bounded(value, value * (1 - error), value * (1 + error))
    if {"low", "high"} <= table.keys() and "error" not in table:
        low, high = _number(table, "low"), _number(table, "high")
        if not low <= value <= high:
            raise ValueError(f"has low {low:g}, value {value:g} and high {high:g}, expected them in this order")
        return Bounded(value, low, high)
    raise ValueError("has no bounds: give either error, a share of the value, or low and high")


def _number(table: Mapping[str, Any], key: str) -> float:
    found = table.get(key)
    if not isinstance(found, int | float) or isinstance(found, bool) or not 0 <= found < float("inf"):
        raise ValueError(f"has {key} {found!r}, expected a number that is not below 0")
    return float(found)
