"""Pipeline "beats": in order, vectors in two halves on units that overlap (Cortex-M55); rules of the tables' `[rules]`.

A vector of 128 bits goes through a unit of 64 bits: it keeps the unit two cycles, but the pipeline one, so that the
next instruction begins while its second half is computed if it needs another unit. Other instructions keep the
pipeline for their cycles. An instruction begins when its operands are ready and its unit is free; of units `a/b` it
takes the one that is free first. What a row says of `early` is so for the vector of a gather's or scatter's addresses,
else for all operands but the address.

| rule | type | meaning |
|---|---|---|
| vectors | list | units whose instructions keep them for their cycles and the pipeline for one |
| shared | list of lists | units that are one: each waits for the other |
| partners | list of mnemonics | of two 16-bit instructions that begin in one cycle one must be of these |
| loads | list | units that load |
| store_then_load | cycles | more, for a load that begins two cycles after a vector's store: perhaps the same bank |
| forwarded_to_stores | cycles | a vector's result of this latency can be stored one cycle earlier |

The low bound takes the shortest latencies, and units that are `shared` for separate ones. The high bound overlaps and
pairs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from lapel.simulate.cycles import helium
from lapel.simulate.cycles.decode import Instruction
from lapel.targets.timetable import Range, Row, Timetable

Bound = Literal["low", "nominal", "high"]
Timed = tuple[Instruction, Row, Range]


def decode(elf: Path, compiler: str) -> Mapping[int, Instruction]:
    """The instructions that Capstone does not know, by address."""
    return helium.instructions(elf, compiler)


def time_span(table: Timetable, span: Sequence[Timed]) -> Range:
    """Cycles of one pass through instructions with their rows and own cycles; branches as if not taken."""
    return Range(*(_Run(table, bound).through(span) for bound in ("low", "nominal", "high")))


def time_after(table: Timetable, first: Sequence[Timed], span: Sequence[Timed]) -> Range:
    """What a span takes more right after another one than alone: where it waits for operands and units."""
    found = []
    for bound in ("low", "nominal", "high"):
        run = _Run(table, bound)
        before = run.through(first)
        found.append(run.through(span) - before - _Run(table, bound).through(span))
    return Range(*found)


class _Run:
    """The pipeline at work, from an idle start."""

    def __init__(self, table: Timetable, bound: Bound) -> None:
        self._rules, self._bound = table.rules, bound
        self._ready: dict[int, float] = {}
        self._stored: dict[int, float] = {}
        """The same for a store, which needs its data later than others their operands."""
        self._free: dict[str, float] = {}
        self._now, self._end = 0.0, 0.0
        self._before: Timed | None = None
        self._vector_store = -2.0
        """When the last one began."""

    def through(self, span: Sequence[Timed]) -> float:
        """Run some instructions; the cycle in which the next could begin."""
        for timed in span:
            self._step(timed)
        return self._end

    def _step(self, timed: Timed) -> None:
        instruction, row, own = timed
        cycles: float = getattr(own, self._bound)
        unit, free = self._unit(row)
        ready, vector = max(free, self._operands(instruction, row)), self._is_vector(row)
        if self._before is not None and ready <= self._now and self._pairs(self._before[0], instruction):
            self._before = None
            self._end = max(self._end, self._now + cycles)
        else:
            self._now = self._after_store(instruction, row, max(self._end, ready))
            self._end = self._now + (1 if vector and self._bound != "high" else cycles)
            self._before = timed
        self._free[unit] = self._now + cycles
        if vector and instruction.is_store:
            self._vector_store = self._now
        self._results(instruction, row)

    def _is_vector(self, row: Row) -> bool:
        return row.unit.split("/")[0] in self._rules["vectors"]

    def _unit(self, row: Row) -> tuple[str, float]:
        """The unit that the instruction takes, and when that is free; of others the pipeline is the limit."""
        return min(((unit, self._when_free(unit)) for unit in row.unit.split("/")), key=lambda found: found[1])

    def _when_free(self, unit: str) -> float:
        same = {unit} if unit in self._rules["vectors"] else set[str]()
        if self._bound != "low":
            same.update(*(group for group in self._rules["shared"] if unit in group))
        return max((self._free.get(u, 0.0) for u in same), default=0.0)

    def _after_store(self, instruction: Instruction, row: Row, at: float) -> float:
        loads = row.unit in self._rules["loads"] and not instruction.is_store
        wait: float = getattr(self._rules["store_then_load"], self._bound)
        return at + wait if loads and at == self._vector_store + 2 else at

    def _operands(self, instruction: Instruction, row: Row) -> float:
        """The first cycle in which all operands are there."""
        ready = self._stored if instruction.is_store and self._is_vector(row) else self._ready
        early: float = getattr(row.early, self._bound)
        vectors = frozenset(r for r in instruction.address if r >= helium.SINGLES)
        times = [ready[r] + (0 if vectors else early) for r in instruction.reads | instruction.adds if r in ready]
        times += [self._ready[r] + (early if r in vectors else 0) for r in instruction.address if r in self._ready]
        return max(times, default=0.0)

    def _results(self, instruction: Instruction, row: Row) -> None:
        latency: float = getattr(row.latency, self._bound)
        for register in instruction.writes:
            moved = register in instruction.address and instruction.writeback
            self._ready[register] = self._now + (1 if moved else latency)
            self._stored[register] = self._ready[register] - (latency == self._rules["forwarded_to_stores"].nominal)

    def _pairs(self, first: Instruction, second: Instruction) -> bool:
        """Whether two neighbours begin in one cycle."""
        if self._bound == "high" or (first.size, second.size) != (2, 2) or first.leaves:
            return False
        if self._bound == "nominal" and first.sets_flags and second.conditional:
            return False
        return not set(self._rules["partners"]).isdisjoint((*first.names, *second.names))
