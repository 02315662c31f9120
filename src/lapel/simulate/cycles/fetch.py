"""What the fetch of instructions takes more than their execution, for tables with the rule `unaligned_group`.

The fetch unit gives a word a cycle, and up to three ahead. A 32-bit instruction that does not start a word lies in
two of them, so behind a jump, while no word is ahead, a group of such instructions falls behind by a cycle; of stores
alone, which are done later, it takes one instruction more. Source: compendium.i-0.nl, "Instruction alignment, alignment
rules", measured with the counters of a Cortex-M4. That a group waits only while no word is ahead follows from the loop
of CM3_1T_AES_keyschedule_dec (github.com/jnk0le/cortexm-AES), which has one behind its loads and takes 22 cycles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lapel.simulate.cycles.decode import Instruction
from lapel.simulate.profile import Interval, Span

_GROUP, _STORES = 3, 4


def entered_by_jump(interval: Interval) -> dict[int, int]:
    """How often each block was entered by a jump, and not from the code above it, by its first address."""
    entries: dict[int, int] = {}
    for (start, end), count in interval.executions.items():
        entries[start] = entries.get(start, 0) + count
        entries[end] = entries.get(end, 0) - count
    for end, jumps in interval.jumps.items():
        entries[end] = entries.get(end, 0) + jumps
    return {start: count for start, count in entries.items() if count > 0}


def longest_blocks(spans: Iterable[Span]) -> Mapping[int, Span]:
    """Of the blocks with the same first address the longest one."""
    longest: dict[int, Span] = {}
    for span in sorted(spans):
        longest[span[0]] = span
    return longest


def has_late_group(block: Iterable[tuple[Instruction, float]]) -> bool:
    """Whether a block has a group of 32-bit instructions across two words each that waits; instructions with cycles."""
    group: list[Instruction] = []
    ahead = 0.0  # words
    for instruction, cycles in block:
        split = instruction.size == 4 and instruction.address_at % 4 == 2
        group = [*group, instruction] if split and (group or ahead < 1) else []
        if len(group) >= (_STORES if all(i.is_store for i in group) else _GROUP):
            return True
        ahead = min(3.0, ahead + cycles - instruction.size / 4)
    return False
