"""`Timetable`: how many clock cycles a core's instructions take, read from `timing/<core>.toml`.

A row's `cycles` is a sum as the manuals write it: `2`, `1 + N` (N: registers of the list), `H` (half of N, rounded
up), `1 + P` (P: pipeline refill, section `[refill]`), `2..12` (depends on the data; the middle is the nominal value)
or `1..3@1` (nominal value 1).

A mnemonic is looked up with the variant of the instruction first, `str:register` before `str`; variants are those of
`lapel.simulate.cycles.decode`. Adding a core's table is adding one file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from lapel.errors import TargetError
from lapel.targets import files

OTHER = "*"
"""The mnemonic of the row for instructions that no other row has."""
_NUMBER = r"(\d+(?:\.\d+)?)"
_RANGE = re.compile(rf"^{_NUMBER}(?:\.\.{_NUMBER}(?:@{_NUMBER})?)?$")


@dataclass(frozen=True)
class Range:
    """Clock cycles: at least, most likely, at most."""

    low: float
    nominal: float
    high: float

    def __add__(self, other: Range) -> Range:
        return Range(self.low + other.low, self.nominal + other.nominal, self.high + other.high)

    def times(self, count: float) -> Range:
        """All three, `count` times."""
        return Range(self.low * count, self.nominal * count, self.high * count)

    def minus(self, other: Range) -> Range:
        """What this is more than `other`, value by value."""
        return self + other.times(-1)


ZERO = Range(0, 0, 0)


@dataclass(frozen=True)
class Formula:
    """A sum: constant + registers * N + halves * H + refills * P."""

    constant: Range
    registers: int
    halves: int
    refills: int

    def cycles(self, registers: int, refill: Range) -> Range:
        """Its value for a register list of that length and that refill."""
        listed = self.registers * registers + self.halves * ((registers + 1) // 2)
        return self.constant + Range(listed, listed, listed) + refill.times(self.refills)


def parse(text: str) -> Formula:
    """Read a formula; ValueError if it is none."""
    constant, letters = ZERO, {"N": 0, "H": 0, "P": 0}
    for term in text.split("+"):
        found = _RANGE.match(term.strip())
        if term.strip() in letters:
            letters[term.strip()] += 1
        elif found:
            low = float(found[1])
            high = low if found[2] is None else float(found[2])
            constant += Range(low, (low + high) / 2 if found[3] is None else float(found[3]), high)
        else:
            raise ValueError(f"{text!r}: {term.strip()!r} is not a number, a range a..b or a..b@c, N, H or P")
    return Formula(constant, letters["N"], letters["H"], letters["P"])


@dataclass(frozen=True)
class Row:
    """Instructions that are timed alike.

    | field | meaning |
    |---|---|
    | unit | what executes it: alu, shift, mul, mac, load, store, multiple, branch, it, nop, float |
    | cycles | cycles that it keeps the pipeline; of a conditional branch, when it is not taken |
    | taken | of a conditional branch, when it is taken |
    | latency | pipelines "paired", "beats": cycles from its issue until an addition with its result can issue |
    | early | "paired", "beats": addresses, or operands `first`, are needed so many cycles earlier than by an addition |
    | late | pipeline "paired": accumulators are needed that many cycles later than by an addition |
    | to_factor | pipeline "paired": cycles more until a multiplication with its result can issue |
    | skewed | pipeline "paired": "first" or "any" in a pair is done a cycle earlier if its operands are there then |
    """

    name: str
    mnemonics: tuple[str, ...]
    unit: str
    cycles: Formula
    taken: Formula
    latency: Range
    early: Range
    late: Range
    to_factor: Range
    skewed: str
    source: str


@dataclass(frozen=True)
class Timetable:
    """The table of one core. refill and rules: by name, see the files and `lapel.simulate.cycles`.

    margin: the share that is added to every estimate's error for what the table does not say.
    """

    name: str
    title: str
    pipeline: str
    source: str
    margin: float
    refill: Mapping[str, Range]
    rules: Mapping[str, Any]
    rows: tuple[Row, ...]
    by_mnemonic: Mapping[str, Row]

    def row(self, mnemonics: tuple[str, ...]) -> Row:
        """The row of the first of these names that has one."""
        for mnemonic in mnemonics:
            if mnemonic in self.by_mnemonic:
                return self.by_mnemonic[mnemonic]
        return self.by_mnemonic[OTHER]


def list_timetables() -> tuple[str, ...]:
    """Names of all tables, sorted."""
    return tuple(sorted(files.find("timing")))


@cache
def load_timetable(name: str) -> Timetable:
    """Load a table. Raises TargetError if its file is not as it has to be."""
    path = files.find("timing")[name]
    table = files.read(path)
    try:
        rows = tuple(_row(row, table["source"]) for row in table["row"])
        by_mnemonic: dict[str, Row] = {}
        for row in rows:
            for mnemonic in row.mnemonics:
                if mnemonic in by_mnemonic:
                    raise ValueError(f"{mnemonic} is in the rows {by_mnemonic[mnemonic].name!r} and {row.name!r}")
                by_mnemonic[mnemonic] = row
        if OTHER not in by_mnemonic:
            raise ValueError("there is no row for '*', all other instructions")
        refill = {key: parse(value).constant for key, value in table["refill"].items()}
        rules = {
            key: parse(value).constant if isinstance(value, str) else value for key, value in table["rules"].items()
        }
        head = (table["title"], table["pipeline"], table["source"], float(table["margin"]))
        return Timetable(name, *head, refill, rules, rows, by_mnemonic)
    except (KeyError, ValueError) as e:
        raise TargetError(f"{path}: {e}") from None


def _row(row: Mapping[str, Any], source: str) -> Row:
    return Row(
        name=row["name"],
        mnemonics=tuple(row["mnemonics"].split()),
        unit=row["unit"],
        cycles=parse(row["cycles"]),
        taken=parse(row.get("taken", row["cycles"])),
        latency=parse(row.get("latency", "1")).constant,
        early=parse(row.get("early", "0")).constant,
        late=parse(row.get("late", "0")).constant,
        to_factor=parse(row.get("to_factor", "0")).constant,
        skewed=row.get("skewed", ""),
        source=row.get("source", source),
    )
