"""`Targets`: what there is to build for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from lapel.records.document import Record


@dataclass(frozen=True)
class ListedTarget:
    """A core or a board; sizes in bytes, None where they are not bounded, and the clock where it is not known."""

    name: str
    kind: Literal["core", "board"]
    core: str
    description: str
    clock_hz: int | None
    flash_bytes: int | None
    ram_bytes: int | None


@dataclass(frozen=True)
class Targets(Record):
    """All that --target takes."""

    targets: tuple[ListedTarget, ...]
