"""Cycle models: from how often each instruction ran to the clock cycles that this takes on a core.

The emulator counts what is executed exactly; the core's timetable (`lapel.targets.timetable`) says what that takes.
What a table gives as a range, or leaves open, is a range here too: an estimate has a low, a nominal and a high value.
Rules of a table's `[rules]` for any pipeline; those of one pipeline are in its module:

| rule | type | meaning |
|---|---|---|
| unaligned_load, unaligned_store | cycles | more, for an unaligned access |
| unaligned_each | bool | these are for an access, and not for each bus access that it is split into |
| mispredicted | cycles | more, for a branch that was predicted wrongly; absent: there is no predictor |
| refill_after_flags | cycles | P of a branch right behind a 16-bit instruction that sets its flags; absent: no other |
| flash_read | cycles | more, for data read from the flash; absent: none |
| unaligned_group | cycles | more, for a block behind a jump with a group across words (`fetch`); absent: none |
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Protocol, cast

from lapel.errors import SimulationError
from lapel.simulate.cycles import fetch, flash, joins, memories
from lapel.simulate.cycles.blocks import whole_blocks
from lapel.simulate.cycles.decode import Code, Instruction
from lapel.simulate.firmware import Firmware
from lapel.simulate.profile import Accesses, Interval, Profile
from lapel.targets import Target
from lapel.targets.timetable import ZERO, Range, Row, Timetable, load_timetable


@dataclass(frozen=True)
class Estimate:
    """Modelled cycles of some instructions, without the table's margin.

    by_row: executed instructions by the name of the table's row. accesses: reads and writes of the board's memories, by
    their numbers, if it has several.
    """

    cycles: Range
    instructions: int
    by_row: dict[str, int]
    accesses: dict[int, Accesses] = field(default_factory=dict)


class Pipeline(Protocol):
    """A module of this folder that `Timetable.pipeline` names.

    It may have two functions more: decode(elf, compiler) for instructions that Capstone does not know, by address, and
    time_after(table, first, span) for what a span takes more right after another one than alone.
    """

    def time_span(self, table: Timetable, span: list[tuple[Instruction, Row, Range]]) -> Range:
        """Cycles of one pass through some instructions."""
        ...


def timetable(target: Target) -> Timetable | None:
    """The core's table; None if it has no cycle model."""
    return load_timetable(target.timing) if target.timing else None


def estimate(firmware: Firmware, profile: Profile, *, placed: bool = True) -> tuple[Estimate, ...]:
    """One estimate an interval of the profile: a step, or what follows the last one.

    placed: with what groups of instructions wait for that lie across words (`fetch`). Functions start at words, so that
    another linking changes nothing of it.

    Raises SimulationError where the profile and the firmware do not fit together.
    """
    table = timetable(firmware.target)
    if table is None:
        raise SimulationError(f"{firmware.target.name}: there is no cycle model for {firmware.target.core}")
    model = _Model(table, firmware, placed)
    try:
        return tuple(model.interval(interval) for interval in profile.intervals)
    except LookupError as e:
        raise SimulationError(f"{firmware.target.name}: the cycle model finds {e}") from None


def whole(estimates: tuple[Estimate, ...]) -> Estimate:
    """All intervals together."""
    cycles, rows, accesses = ZERO, dict[str, int](), dict[int, Accesses]()
    for e in estimates:
        cycles += e.cycles
        for k, (reads, writes) in e.accesses.items():
            before = accesses.get(k, (0, 0))
            accesses[k] = before[0] + reads, before[1] + writes
        for name, count in e.by_row.items():
            rows[name] = rows.get(name, 0) + count
    return Estimate(cycles, sum(e.instructions for e in estimates), rows, accesses)


class _Model:
    """A table at work on one firmware; what a span takes is computed once."""

    def __init__(self, table: Timetable, firmware: Firmware, placed: bool) -> None:
        self._table = table
        self._placed = placed
        self._target = firmware.target
        self._pipeline = cast(Pipeline, importlib.import_module(f"lapel.simulate.cycles.{table.pipeline}"))
        decode = getattr(self._pipeline, "decode", None)
        self._code = Code(firmware.elf, decode(firmware.elf, firmware.target.compiler) if decode else {})
        self._time_after = getattr(self._pipeline, "time_after", None)
        self._joins: dict[joins.Pass, Range] = {}
        self._spans: dict[tuple[int, int], tuple[Range, list[tuple[Instruction, Row, Range]]]] = {}
        self._lines_of: dict[tuple[int, int], list[Range]] = {}

    def interval(self, interval: Interval) -> Estimate:
        """What ran between two markers."""
        interval = whole_blocks(interval, lambda span: self._span(*span)[1][-1][0].leaves)
        total, instructions, rows = ZERO, 0, dict[str, int]()
        branches: dict[int, tuple[list[tuple[Instruction, Row, Range]], int]] = {}
        for (start, end), count in interval.executions.items():
            cycles, span = self._span(start, end)
            total += cycles.times(count)
            instructions += count * len(span)
            for _, row, _ in span:
                rows[row.name] = rows.get(row.name, 0) + count
            longer, passes = branches.get(end, (span, 0))
            branches[end] = max(span, longer, key=len), passes + count
        for end, (span, count) in branches.items():
            total += self._branch(span, count, interval.jumps.get(end, 0))
        targets = {end: t for end, (span, _) in branches.items() if (t := span[-1][0].target) is not None}
        total += flash.wait_cycles(self._target, interval, self._lines, targets)
        total += memories.wait_cycles(self._target, interval.range_accesses)
        total += self._fetched(interval) + self._read(interval)
        each = self._table.rules.get("unaligned_each", False)
        for at, count in (interval.unaligned_accesses if each else interval.extra_accesses).items():
            total += self._unaligned(at, count)
        if self._time_after:
            total += joins.more_cycles(interval, lambda span: self._span(*span)[1][-1][0].target, self._after)
        return Estimate(total, instructions, rows, {**interval.range_accesses})

    def _span(self, start: int, end: int) -> tuple[Range, list[tuple[Instruction, Row, Range]]]:
        if (start, end) not in self._spans:
            span = [self._own(instruction) for instruction in self._code.span(start, end)]
            cycles = self._pipeline.time_span(self._table, span)
            self._spans[start, end] = cycles, span
        return self._spans[start, end]

    def _lines(self, span: tuple[int, int]) -> list[Range]:
        """Cycles of one pass through a span in each line of the flash that it lies in."""
        if span not in self._lines_of:
            line = self._target.flash_line_bytes or 1
            timed = self._span(*span)[1]
            # An instruction can be executed when its last byte is there.
            numbers = [(i.address_at + i.size - 1) // line for i, _, _ in timed]
            ends = [k + 1 for k in range(len(timed)) if timed[k + 1 :] == [] or numbers[k + 1] != numbers[k]]
            times = [ZERO, *(self._pipeline.time_span(self._table, timed[:end]) for end in ends)]
            self._lines_of[span] = [after.minus(before) for before, after in pairwise(times)]
        return self._lines_of[span]

    def _after(self, pair: joins.Pass) -> Range:
        """What the second of two spans takes more after the first one than alone."""
        if pair not in self._joins:
            first, second, jumped = self._span(*pair[0])[1], self._span(*pair[1])[1], pair[2]
            last, row, own = first[-1]
            if jumped and last.conditional:
                own = row.taken.cycles(last.registers, self._refill(last))
            assert self._time_after is not None
            self._joins[pair] = self._time_after(self._table, [*first[:-1], (last, row, own)], second)
        return self._joins[pair]

    def _own(self, instruction: Instruction) -> tuple[Instruction, Row, Range]:
        """An instruction's row and cycles, apart from what is beside it."""
        row = self._table.row(instruction.names)
        cycles = row.cycles.cycles(instruction.registers, self._refill(instruction))
        if instruction.conditional and not instruction.leaves:
            cycles = Range(min(1, cycles.low), cycles.nominal, cycles.high)
        elif instruction.conditional and row.taken == row.cycles:
            cycles = Range(1, 1, 1)  # a jump in an IT block that fails its condition
        return instruction, row, cycles

    def _refill(self, instruction: Instruction) -> Range:
        """The cycles P until the pipeline is full again after a jump."""
        if not instruction.leaves:
            return ZERO
        if instruction.target is None:
            return self._table.refill["register" if self._table.row(instruction.names).unit == "branch" else "memory"]
        wide = self._code.is_misaligned_wide(instruction.target)
        return self._table.refill["misaligned" if wide else "direct"]

    def _branch(self, span: list[tuple[Instruction, Row, Range]], count: int, jumps: int) -> Range:
        """What a block's conditional branch takes more than if it had never been taken."""
        last, row, not_taken = span[-1]
        if not (last.conditional and last.leaves):
            return ZERO
        more = ZERO
        if jumps:
            refill = self._refill(last)
            late = self._table.rules.get("refill_after_flags")
            if late and len(span) > 1 and span[-2][0].sets_flags and span[-2][0].size == last.size == 2:
                refill = late
            taken = row.taken.cycles(last.registers, refill)
            more = taken.minus(not_taken).times(jumps)
        return more + self._mispredicted(jumps, count - jumps)

    def _mispredicted(self, taken: int, not_taken: int) -> Range:
        """A predictor misses nothing at best, at worst each change of direction, there and back."""
        penalty = self._table.rules.get("mispredicted")
        if penalty is None:
            return ZERO
        rarer = max(0, min(taken, not_taken))
        return Range(0, penalty.nominal * rarer, penalty.high * 2 * rarer)

    def _fetched(self, interval: Interval) -> Range:
        """What blocks wait for that a jump leads to."""
        late = self._table.rules.get("unaligned_group")
        if late is None or not self._placed:
            return ZERO
        blocks = fetch.longest_blocks(interval.executions)
        entries = fetch.entered_by_jump(interval).items()
        waiting = (n for start, n in entries if start in blocks and self._is_late(blocks[start]))
        return late.times(sum(waiting))

    def _is_late(self, block: tuple[int, int]) -> bool:
        return fetch.has_late_group((instruction, own.nominal) for instruction, _, own in self._span(*block)[1])

    def _read(self, interval: Interval) -> Range:
        """What reads of constants and fetches from the same flash wait for each other."""
        contention: Range = self._table.rules.get("flash_read", ZERO)
        return contention.times(interval.flash_reads)

    def _unaligned(self, at: int, count: int) -> Range:
        (instruction,) = self._code.span(at, at + 2)[:1]
        key = "unaligned_store" if instruction.is_store else "unaligned_load"
        return self._table.rules[key].times(count)
