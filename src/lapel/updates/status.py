"""What devices answer: names, numbers and meanings of their statuses, read from the runtime's headers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lapel.errors import UpdateRefused
from lapel.runtime.source import read

_MEMBER = re.compile(r"^    LAPEL_(?:UPDATE_)?(\w+) = (\d+),?[ \t]*(?:/\*(.*?)\*/)?", re.M | re.S)


@dataclass(frozen=True)
class Status:
    """name: without its prefix; code: what the device returns; meaning: "" for the one of success."""

    name: str
    code: int
    meaning: str


@cache
def update_statuses() -> Mapping[str, Status]:
    """What functions `lapel_update_…` return, by name."""
    return _statuses("update.h", "lapel_update_status")


@cache
def load_statuses() -> Mapping[str, Status]:
    """What `lapel_load` returns, by name."""
    return _statuses("interpreter.h", "lapel_status")


def refused(name: str, message: str) -> UpdateRefused:
    """The error of a device that would return this; of `lapel_load` where updates have no status of that name."""
    status = update_statuses().get(name)
    if status is None:
        status = load_statuses()[name]
        message += f" (a device answers REFUSED, and {status.code} is what lapel_load found)"
    return UpdateRefused(status.name, status.code, message)


def _statuses(header: str, enum: str) -> Mapping[str, Status]:
    text = read(header)
    end = text.index(f"}} {enum};")
    body = text[text.rindex("typedef enum {", 0, end) : end]
    found = (Status(m[1], int(m[2]), " ".join((m[3] or "").split())) for m in _MEMBER.finditer(body))
    return {status.name: status for status in found}
