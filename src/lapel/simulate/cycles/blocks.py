"""Blocks that the emulator cut where the program does not: at the end of a page of memory, or of what it translates.

    (start, cut) × n, (cut, end) × (n + entries)  -->  (start, end) × n, (cut, end) × entries

What stands beside what would otherwise depend on where the linker puts a function.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from lapel.simulate.profile import Interval, Span


def whole_blocks(interval: Interval, leaves: Callable[[Span], bool]) -> Interval:
    """The interval with blocks that end in a jump, or where a marker is. leaves: whether a block's last instruction is
    one that may jump."""
    executions = dict(interval.executions)
    for cut in sorted({end for _, end in executions} & {start for start, _ in executions}):
        before = {span: count for span, count in executions.items() if span[1] == cut}
        behind = {span: count for span, count in executions.items() if span[0] == cut}
        entries = sum(behind.values()) - sum(before.values())
        marked = min((*before.values(), *behind.values()), default=0) < 0
        if len(behind) != 1 or entries < 0 or marked or interval.jumps.get(cut) or any(map(leaves, before)):
            continue
        (rest,) = behind
        executions[rest] = entries
        for span, count in before.items():
            del executions[span]
            joined = span[0], rest[1]
            executions[joined] = executions.get(joined, 0) + count
        if entries == 0:
            del executions[rest]
    return replace(interval, executions=executions)
