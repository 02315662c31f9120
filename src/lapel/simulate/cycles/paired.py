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


def time_span(table: Timetable, span: Sequence[tuple[Instruction, Row, Range]]) -> Range:
    """Cycles of one pass through instructions with their rows and own cycles; branches as if not taken."""
    return Range(_issue(table, span, "low"), _issue(table, span, "nominal"), _issue(table, span, "high"))


def _issue(table: Timetable, span: Sequence[tuple[Instruction, Row, Range]], bound: Bound) -> float:
    ready: dict[int, float] = {}
    chained: dict[int, float] = {}
    now, end = 0.0, 0.0
    before: tuple[Instruction, Row] | None = None
    for instruction, row, own in span:
        cycles = getattr(own, bound)
        operands = _operands_ready(instruction, row, ready, chained, bound)
        pairs = before is not None and _may_pair(table.rules, *before, instruction, row, bound)
        if pairs and operands <= now and cycles <= 1:
            before = None
        else:
            now = max(end, operands)
            end = now + cycles
            before = (instruction, row) if cycles <= 1 else None
        for register in instruction.writes:
            result = now + max(cycles - 1, 0) + getattr(row.latency, bound)
            ready[register] = now + 1 - getattr(row.early, bound) if register in instruction.address else result
            chained[register] = now + max(cycles, 1) if row.unit in ("mac", "mul") else result
    if bound == "low" and before is not None:
        return end - 0.5  # its partner may be in the next block
    return max([end, *ready.values()]) if bound == "high" else end


def _operands_ready(
    instruction: Instruction, row: Row, ready: Mapping[int, float], chained: Mapping[int, float], bound: Bound
) -> float:
    """The first cycle in which all operands are there."""
    early = getattr(row.early, bound)
    # What is stored is needed later than all else.
    needed = instruction.address if row.unit == "store" else instruction.address | instruction.reads
    times = [ready[r] + early for r in needed if r in ready]
    times += [chained[r] for r in instruction.adds if r in chained]
    return max(times, default=0.0)


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
