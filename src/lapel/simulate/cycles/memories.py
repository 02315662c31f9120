"""What accesses to a board's memories take beside the core's own cycles: counted accesses times cycles of each.

The core's timetable is that of loads and stores without wait states. A board's memory adds `read_cycles` to each read
and `write_cycles` to each write, with the bounds of these constants: what a cache or a write buffer hides is in them.
"""

from __future__ import annotations

from collections.abc import Mapping

from lapel.simulate.profile import Accesses
from lapel.targets import BoardMemory, Target
from lapel.targets.timetable import ZERO, Range


def wait_cycles(target: Target, accesses: Mapping[int, Accesses]) -> Range:
    """More cycles of reads and writes, by the numbers of the target's memories."""
    total = ZERO
    for k, pair in accesses.items():
        total += waits(target.memories[k], pair)
    return total


def waits(memory: BoardMemory, accesses: Accesses) -> Range:
    """The same of one memory."""
    total = ZERO
    for constant, count in zip((memory.read_cycles, memory.write_cycles), accesses, strict=True):
        total += Range(constant.figure.low, constant.figure.value, constant.figure.high).times(count)
    return total
