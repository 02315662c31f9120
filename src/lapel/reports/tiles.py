"""The figures at the head of a report."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from lapel.errors import UnknownTarget
from lapel.records import StackBound
from lapel.reports.firmware import Firmware
from lapel.reports.numbers import duration, percent, short, size, whole
from lapel.targets import Target, load_target


@dataclass(frozen=True)
class Tile:
    """A figure. said: what it is. share: of what there is, drawn as a bar; None where that is not known."""

    name: str
    value: str
    said: str
    share: float | None = None


def tiles(fw: Firmware) -> tuple[Tile, ...]:
    """Flash, RAM, stack, time and energy of a firmware."""
    board = known_target(fw.target)
    return tuple(_tiles(fw, board))


def known_target(name: str) -> Target | None:
    """None for a board in a folder of the user's that was not named now."""
    try:
        return load_target(name)
    except UnknownTarget:
        return None


def _tiles(fw: Firmware, board: Target | None) -> Iterator[Tile]:
    m = fw.memory
    if fw.recipe is None:
        yield _of("Arena", m.arena_bytes, board.ram_bytes if board else None, "as planned")
        yield from _timed(fw, board)
        return
    yield _of("Flash", m.flash_bytes, board.flash_bytes if board else None, "code and constants")
    yield _of("RAM", m.ram_bytes, board.ram_bytes if board else None, "arena, variables and stack")
    worst = fw.stack_worst_bytes
    least = "" if worst is None else f", at most {whole(worst)} at any level of -O"
    yield Tile("Stack", f"{whole(m.stack_bytes)} B", f"painted{least}{_bounded(fw.stack_bound)}")
    yield from _timed(fw, board)


def _bounded(bound: StackBound | None) -> str:
    """The worst case by the code."""
    if bound is None:
        return ""
    return "; its worst case is unknown" if bound.bytes is None else f"; {whole(bound.bytes)} in the worst case"


def _timed(fw: Firmware, board: Target | None) -> Iterator[Tile]:
    if fw.total is not None:
        bounds = f", {short(fw.total.low)} to {short(fw.total.high)}" if fw.total.low < fw.total.high else ""
        yield Tile(fw.unit.capitalize(), short(fw.total.value), f"of one inference{bounds}")
    yield from _modelled(fw, board)


def _modelled(fw: Firmware, board: Target | None) -> Iterator[Tile]:
    clock = board.clock_hz if board else None
    if fw.total is not None and clock and fw.unit.endswith("cycles"):
        said = f"at {clock / 1e6:g} MHz; not measured on silicon"
        yield Tile("Time", duration(fw.total.value * 1e6 / clock), said)
    if fw.cycle_model is not None and fw.cycle_model.energy_uj is not None:
        yield Tile("Energy", f"{fw.cycle_model.energy_uj:,.0f} µJ", "of one inference, modelled")


def _of(name: str, used: int, there: int | None, what: str) -> Tile:
    if there is None:
        return Tile(name, f"{whole(used)} B", what)
    return Tile(name, f"{whole(used)} B", f"{percent(used / there)} of {size(there)}: {what}", used / there)
