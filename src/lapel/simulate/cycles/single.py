"""Pipeline "single": one instruction after the other (Cortex-M0+, M3, M4); rules of the tables' `[rules]`.

| rule | type | meaning |
|---|---|---|
| pipelined_loads | bool | a load or store after a load takes one cycle less, unless its address needs the result |
| chained_writeback | bool | a load or store that changes its base register can follow a load in this way, too |
| address_dependency | cycles | more, for an address made of what the instruction before computed |
| load_after_store | cycles | more, for a load right after a store that takes one cycle |
| load_after_slow_store | cycles | more, for a load right after a store that takes more |
| it_folding | bool | IT after a 16-bit instruction takes no time |
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.simulate.cycles.decode import Instruction
from lapel.targets.timetable import ZERO, Range, Row, Timetable

_DATA = ("alu", "shift", "mul", "mac", "divide")


Timed = tuple[Instruction, Row, Range]
"""An instruction, its row and its own cycles."""


def time_span(table: Timetable, span: Sequence[Timed]) -> Range:
    """Cycles of one pass through instructions with their rows and own cycles; branches as if not taken."""
    total = ZERO
    before: Timed | None = None
    for timed in span:
        total += timed[2]
        if before:
            total += _after(table, before, timed)
        before = timed
    return total


def _after(table: Timetable, before: Timed, timed: Timed) -> Range:
    """What an instruction takes more, or less, because of the one before it."""
    rules = table.rules
    (first, first_row, first_cycles), (second, row, cycles) = before, timed
    if row.unit == "it":
        return Range(-cycles.low, -cycles.nominal, 0) if rules["it_folding"] and first.size == 2 else ZERO
    if row.unit not in ("load", "store", "multiple"):
        return ZERO
    if first_row.unit in _DATA:
        return rules["address_dependency"] if first.writes & second.address else ZERO
    if first_row.unit == "store" and not second.is_store:
        return rules["load_after_store" if first_cycles.nominal <= 1 else "load_after_slow_store"]
    if first_row.unit == "load" and rules["pipelined_loads"]:
        return _pipelined(table, first, second, row, cycles)
    return ZERO


def _pipelined(table: Timetable, first: Instruction, second: Instruction, row: Row, cycles: Range) -> Range:
    if row.unit == "multiple" or (first.writes - first.address) & second.address or first.leaves or second.leaves:
        return ZERO
    saved = Range(min(0, 1 - cycles.low), min(0, 1 - cycles.nominal), min(0, 1 - cycles.high))
    same_base = first.writeback and first.writes & first.address & second.address
    if same_base or (second.writeback and not table.rules["chained_writeback"]):
        return Range(saved.low, 0, 0)
    # A 32-bit instruction across two words may come too late from the fetch unit.
    return Range(saved.low, saved.nominal, 0 if second.size == 4 and second.address_at % 4 else saved.high)
