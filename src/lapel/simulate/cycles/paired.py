"""Pipeline "paired": in order, two instructions a cycle at best (Cortex-M33, M7); rules of the tables' `[rules]`.

Each instruction issues when its operands are ready, in the cycle of the one before it if the two may pair. The low
bound lets everything pair that the units allow and takes the shortest latencies; the high bound pairs nothing and
waits for all results at the end of each block.

| rule | type | meaning |
|---|---|---|
| narrow_pairs | bool | only two 16-bit instructions may pair |
| partners | list | units that may be second in a pair; empty: all |
| alone | list | units that never pair |
| unique | list of lists | units of which a cycle has room for one together |
| first_only | list | units that may only be first in a pair |
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from lapel.simulate.cycles.decode import Instruction
from lapel.targets.timetable import Range, Row, Timetable

Bound = Literal["low", "nominal", "high"]
_MULTIPLIERS = ("mul", "mac")


def time_span(table: Timetable, span: Sequence[tuple[Instruction, Row, Range]]) -> Range:
    """Cycles of one pass through instructions with their rows and own cycles; branches as if not taken."""
    return Range(_issue(table, span, "low"), _issue(table, span, "nominal"), _issue(table, span, "high"))


def _issue(table: Timetable, span: Sequence[tuple[Instruction, Row, Range]], bound: Bound) -> float:
    results = _Results(bound)
    now, end = 0.0, 0.0
    before: tuple[Instruction, Row] | None = None
    for instruction, row, own in span:
        cycles = getattr(own, bound)
        operands = results.needed(instruction, row)
        pairs = before is not None and _may_pair(table.rules, *before, instruction, row, bound)
        is_second = pairs and operands <= now and cycles <= 1
        if is_second:
            before = None
        else:
            now = max(end, operands)
            end = now + cycles
            before = (instruction, row) if cycles <= 1 else None
        results.add(instruction, row, now, cycles, is_second)
    if bound == "low" and before is not None:
        return end - 0.5  # its partner may be in the next block
    return max(end, results.last()) if bound == "high" else end


class _Results:
    """From which cycle on the registers' values can be used: by an addition, and by a multiplication."""

    def __init__(self, bound: Bound) -> None:
        self._bound = bound
        self._ready: dict[int, float] = {}
        self._factors: dict[int, float] = {}

    def needed(self, instruction: Instruction, row: Row) -> float:
        """The first cycle in which all operands of an instruction are there."""
        early, late = getattr(row.early, self._bound), getattr(row.late, self._bound)
        ready = self._factors if row.unit in _MULTIPLIERS else self._ready
        sooner = instruction.address or instruction.first
        # What is stored is needed later than all else.
        used = instruction.address if row.unit == "store" else instruction.address | instruction.reads
        times = [ready[r] + (early if r in sooner else 0) for r in used if r in ready]
        times += [self._ready[r] - late for r in instruction.adds if r in self._ready]
        return max(times, default=0.0)

    def add(self, instruction: Instruction, row: Row, now: float, cycles: float, is_second: bool) -> None:
        """Note the results of an instruction that issues in the cycle `now`."""
        latency = getattr(row.latency, self._bound)
        # The low bound has this in its latency, the high bound never.
        early_slot = row.skewed == "any" or (row.skewed == "first" and not is_second)
        if early_slot and self._bound == "nominal" and self._were_there(instruction, now):
            latency -= 1
        for register in instruction.writes:
            result = now + max(cycles - 1, 0) + latency
            if register in instruction.address:
                result = now + 1 - getattr(row.early, self._bound)
            self._ready[register] = result
            self._factors[register] = result + getattr(row.to_factor, self._bound)

    def last(self) -> float:
        """When all of them are there."""
        return max(self._ready.values(), default=0.0)

    def _were_there(self, instruction: Instruction, now: float) -> bool:
        return all(self._ready[r] < now for r in instruction.reads | instruction.adds if r in self._ready)


def _may_pair(
    rules: Mapping[str, Any], first: Instruction, first_row: Row, second: Instruction, row: Row, bound: Bound
) -> bool:
    units = {first_row.unit, row.unit}
    if bound == "high" or units & set(rules["alone"]):
        return False
    if rules["narrow_pairs"] and (first.size, second.size) != (2, 2):
        return False
    for group in rules["unique"]:
        if first_row.unit in group and row.unit in group:
            return False
    if bound == "low":
        return True
    return row.unit not in rules["first_only"] and (not rules["partners"] or row.unit in rules["partners"])
