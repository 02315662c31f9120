"""From the log of block executions to what ran in each step: the input of the cycle models.

A block is a stretch of instructions that the emulator translated as one: it is entered at its start only, and left
at its end. Blocks may overlap, where a loop's head lies in the middle of the code before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

PIECE = 8
"""Bytes of the pieces of the flash in which its reads are told apart, as in `counters/profile.h`."""
Span = tuple[int, int]
"""Addresses of the first instruction and of the first byte after the last one."""
Accesses = tuple[int, int]
"""How often was read, and written."""


@dataclass(frozen=True)
class Interval:
    """What ran between two markers.

    executions: of each span, the executions of all its instructions in a row; negative where a marker lies within
    a block, of which the part after it belongs to the next interval.
    jumps: of the same blocks, how often the next address did not follow, by the address of the block's end.
    flash_reads, flash_read_bytes: reads of data from the flash, all together.
    flash_pieces: how many different pieces of PIECE bytes these reads were of.
    extra_accesses: by instruction, bus accesses beyond one each, for words and halfwords that are not aligned.
    unaligned_accesses: by instruction, how many of its accesses were not aligned.
    range_accesses: by number of a range of `Chosen`, reads and writes.
    """

    executions: Mapping[Span, int]
    jumps: Mapping[int, int]
    flash_reads: int
    flash_read_bytes: int
    flash_pieces: int
    extra_accesses: Mapping[int, int]
    unaligned_accesses: Mapping[int, int]
    range_accesses: Mapping[int, Accesses] = field(default_factory=dict)


@dataclass(frozen=True)
class Profile:
    """One invocation: one interval a step, in order, and one for what follows the last step."""

    intervals: tuple[Interval, ...]


@dataclass(frozen=True)
class Chosen:
    """Which invocations are profiled: number `first`, and each `every` after it; 0: it alone.

    ranges: first addresses and those after the last, ascending, whose accesses are counted apart.
    """

    first: int = 0
    every: int = 0
    ranges: tuple[Span, ...] = ()


FIRST = Chosen()


def read_all(log: np.ndarray, places: int) -> tuple[Profile, ...]:
    """The profiles of all chosen invocations that ended, from the log of `counters/profile.h`."""
    numbers = log[:, 0] // (places + 1)
    parts = (log[numbers == k] for k in range(int(numbers.max(initial=0)) + 1 if len(log) else 0))
    return tuple(read(np.concatenate([p[:, :1] % (places + 1), p[:, 1:]], axis=1), places) for p in parts)


def read(log: np.ndarray, places: int) -> Profile:
    """The intervals between `places` markers of one invocation, from its rows of the log."""
    executions: list[dict[Span, int]] = [{} for _ in range(places + 1)]
    jumps: list[dict[int, int]] = [{} for _ in range(places + 1)]
    reads, read_bytes, pieces = [0] * (places + 1), [0] * (places + 1), [0] * (places + 1)
    extra: list[dict[int, int]] = [{} for _ in range(places + 1)]
    unaligned: list[dict[int, int]] = [{} for _ in range(places + 1)]
    ranges: list[dict[int, Accesses]] = [{} for _ in range(places + 1)]
    for interval, kind, a, b, c, d in log.tolist():
        if kind == 0:
            _add(executions[interval], (a, b), c)
            _add(jumps[interval], b, d)
        elif kind == 1:
            reads[interval] += b
            read_bytes[interval] += d
            _add(extra[interval], a, c)
        elif kind == 3:
            pieces[interval] += b
        elif kind == 4:
            _add(unaligned[interval], a, b)
        elif kind == 5:
            ranges[interval][a] = b, c
        else:
            _add(executions[interval], (b, c), -1)
            _add(executions[interval + 1], (b, c), 1)
    made = zip(executions, jumps, reads, read_bytes, pieces, extra, unaligned, ranges, strict=True)
    return Profile(tuple(Interval(*parts) for parts in made)[1:places])


def _add(table: dict, key: object, value: int) -> None:
    if value:
        table[key] = table.get(key, 0) + value
