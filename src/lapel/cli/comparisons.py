"""Comparisons on the screen: the answer, contenders by flash, those that do not fit, and what stands beside them."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.cli import screen
from lapel.cli.grid import Column
from lapel.contest.candidate import Candidate
from lapel.records import Comparison, Contender, Neighbours, Score

number, percent = screen.number, screen.percent
PARTS = ("flash", "RAM", "stack")
"""Of `Contender.over`."""


def print_comparison(record: Comparison) -> None:
    """The answer first."""
    held = f"{number(record.test_samples)} held out"
    if record.chip_samples < record.test_samples:
        held += f", {number(record.chip_samples)} of them run on the chip"
    folds = f"{number(record.train_samples)} samples in {record.folds} folds to choose by"
    screen.say(f"{record.data} on {record.target}: {folds}, {held}, seed {record.seed}")
    screen.say(record.answer)
    _print_ran(record)
    _print_too_large(record)
    _print_beside(record)
    for first, names in _same(record.contenders):
        screen.say(f"the same model as {first}, which needs no more: {', '.join(names)}")
    for one in record.left_out:
        screen.say(f"left out: {one.name}: {one.why}")
    screen.say(record.rule)
    for c in record.ran:
        assert c.chip is not None
        for said in c.chip.warnings:
            screen.say_warning(f"{c.name}: {said}")


def _print_ran(record: Comparison) -> None:
    """Small ones first; * is on the front, and > is enough."""
    if not record.ran:
        return
    timed, energy = ("ms", any(c.chip and c.chip.energy_uj is not None for c in record.ran))
    columns = [Column("", "name"), Column("model", "name"), Column(f"{_what(record)}, folds"), Column("±", spare=1)]
    columns += [Column("held out, chip"), Column("float", spare=2), Column("flash"), Column("RAM")]
    columns += [Column(timed), Column("cycles", spare=3)] + [Column("uJ")] * energy
    rows = []
    for c in sorted(record.ran, key=lambda c: c.chip.memory.flash_bytes if c.chip else 0):
        assert c.chip is not None
        mark = (">" if c.name == record.enough else "") + "*" * c.on_front
        time = number(None if c.chip.time_us is None else c.chip.time_us / 1000, 3)
        row = [mark, c.name, _share(record, c.best.mean), _share(record, c.best.deviation), _score(c.chip.score)]
        row += [_score(c.chip.float_score), number(c.chip.memory.flash_bytes), number(c.chip.memory.ram_bytes)]
        rows.append([*row, time, number(c.chip.cycles), *[number(c.chip.energy_uj, 2)] * energy])
    kinds = sorted({c.chip.cycles_are for c in record.ran if c.chip and c.chip.cycles_are})
    cycles = f", cycles are {' or '.join(kinds)}" if kinds else ""
    screen.print_table(f"* Pareto front, > enough; RAM with the stack; the slowest sample{cycles}", columns, rows)


def _print_too_large(record: Comparison) -> None:
    """By how much what is too small."""
    large = [c for c in record.contenders if c.fits is False]
    if not large:
        return
    columns = [Column("does not fit", "name"), Column(f"{_what(record)}, folds")]
    columns += [Column(f"{part} over by") for part in PARTS] + [Column("flash, about", spare=1)]
    rows = []
    for c in large:
        over = [number((c.over or {}).get(part)) for part in PARTS]
        rows.append([c.name, _share(record, c.best.mean), *over, number(_need(record, c))])
    screen.print_table(f"too large for {record.target}; bytes, at least", columns, rows)
    for c in large:
        if not c.over:
            screen.say(f"{c.name}: {c.unmeasured}")


def _need(record: Comparison, c: Contender) -> int | None:
    """Bytes of flash, estimated, or at least so many; None where flash is not what is too small."""
    over = (c.over or {}).get("flash")
    return c.flash_bytes if over is None or record.flash_bytes is None else c.flash_bytes or record.flash_bytes + over


def _print_beside(record: Comparison) -> None:
    if record.neighbours is not None:
        screen.say(f"beside them, in floats on this computer: {_of_neighbours(record, record.neighbours)}")
    who = "the most frequent class" if record.task == "classification" else "the mean"
    screen.say(f"whoever always says {who}: {_score(record.baseline)} held out")


def _of_neighbours(record: Comparison, n: Neighbours) -> str:
    best = n.tried[n.chosen]
    said = f"{best.parameters['neighbours']} nearest neighbours, {_share(record, best.mean)} in folds, "
    said += f"{_score(n.score)} held out, with {number(n.data_bytes)} bytes of training samples as floats"
    if n.least_bytes < n.data_bytes:
        said += f" ({number(n.least_bytes)} as whole numbers)"
    return said + {True: "", False: f": does not fit {record.target}", None: ""}[n.fits]


def _same(contenders: Sequence[Contender]) -> list[tuple[str, list[str]]]:
    found: dict[str, list[str]] = {}
    for c in contenders:
        if c.same_as is not None:
            found.setdefault(c.same_as, []).append(c.name)
    return list(found.items())


def _what(record: Comparison) -> str:
    return "accuracy" if record.task == "classification" else "R²"


def _share(record: Comparison, value: float) -> str:
    return percent(value) if record.task == "classification" else number(value, 4)


def _score(score: Score | None) -> str:
    if score is None:
        return "-"
    return percent(score.accuracy) if score.accuracy is not None else number(score.r2, 4)


def print_candidates(known: Sequence[Candidate]) -> None:
    """Which there are, and what they learn."""
    rows = [[c.name, c.what, ", ".join(c.tasks), c.package] for c in known]
    screen.print_table(
        "",
        [
            Column("candidate", "name"),
            Column("what it is", "prose"),
            Column("learns", "prose"),
            Column("needs", "name"),
        ],
        rows,
    )
