"""docs/benchmarks-compare.md of benchmarks/compare.json, the record of a comparison."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from lapel.records import Comparison, Contender, Neighbours

Row = Sequence[object]
Table = Callable[[Sequence[str], Sequence[Row]], str]
ABOUT = """`lapel compare` with all candidates, as `benchmarks/compare.py` ran it last (`benchmarks/compare.json`):
scikit-learn's 1,797 digits of 8 × 8 pixels on an Arduino Uno. {train:,} samples in {folds} folds chose settings and
decided; all {test:,} that were held out ran on the emulated chip, and every output was the reference's, bit for bit.
[What the columns mean](guide-compare.md).

```
python benchmarks/compare.py --json benchmarks/compare.json
```
"""
ONE = """One seed of the split; others move accuracies by about their ±. The run chooses nothing by held-out samples;
but those who wrote down which sizes there are, and how long each is trained, had seen such tables of these digits.
Models trained with copies of the samples, which are better ones, are in [another table](benchmarks-classical.md)."""
STAR = "\\*"
"""Markdown has other uses for it."""


def compare_page(path: Path, table: Table, notice: str) -> str:
    """The page of the record in a file."""
    found = Comparison.read(path)
    about = ABOUT.format(train=found.train_samples, folds=found.folds, test=found.test_samples)
    return "\n".join(
        [
            f"# All candidates on one task\n\n{notice}\n\n{about}\n**{found.answer[0].upper()}{found.answer[1:]}.**\n",
            f"{found.rule[0].upper()}{found.rule[1:]}.\n\n{ONE}\n",
            _ran(found, table),
            _too_large(found, table),
            _beside(found),
        ]
    )


def _ran(found: Comparison, table: Table) -> str:
    heads = ("", "model", "accuracy, folds", "±", "held out, chip", "float", "flash", "RAM", "ms", "cycles")
    ran = sorted(found.ran, key=lambda c: c.chip.memory.flash_bytes if c.chip else 0)
    return table(heads, [_row(found, c) for c in ran])


def _row(found: Comparison, c: Contender) -> Row:
    assert c.chip is not None and c.chip.time_us is not None
    mark = f"{'>' * (c.name == found.enough)}{STAR * c.on_front}"
    floats = "-" if c.chip.float_score is None else _percent(c.chip.float_score.accuracy)
    return (
        mark,
        c.name,
        _percent(c.best.mean),
        f"{100 * c.best.deviation:.2f}",
        _percent(c.chip.score.accuracy),
        floats,
        f"{c.chip.memory.flash_bytes:,}",
        f"{c.chip.memory.ram_bytes:,}",
        f"{c.chip.time_us / 1000:.3f}",
        f"{c.chip.cycles:,}",
    )


def _too_large(found: Comparison, table: Table) -> str:
    large = [c for c in found.contenders if c.fits is False]
    rows = [
        (c.name, _percent(c.best.mean), *(f"{c.over[m]:,}" if c.over and m in c.over else "-" for m in _MEMORIES))
        for c in large
    ]
    heads = ("does not fit", "accuracy, folds", *(f"{m} over by, at least" for m in _MEMORIES))
    return f"\n{table(heads, rows)}" if rows else ""


_MEMORIES = ("flash", "RAM", "stack")


def _beside(found: Comparison) -> str:
    return "\n".join(f"- {line}" for line in _lines(found)) + "\n"


def _lines(found: Comparison) -> Iterator[str]:
    if found.neighbours is not None:
        yield _of_neighbours(found.neighbours)
    yield f"Whoever always says the most frequent class: {_percent(found.baseline.accuracy)} held out."
    same = [c for c in found.contenders if c.same_as is not None]
    if same:
        yield f"The very same model as a smaller size: {', '.join(f'{c.name} ({c.same_as})' for c in same)}."
    for one in found.left_out:
        yield f"Left out: {one.name}: {one.why}."


def _of_neighbours(n: Neighbours) -> str:
    best = n.tried[n.chosen]
    count = best.parameters["neighbours"]
    who = "The nearest neighbour" if count == 1 else f"The {count} nearest neighbours"
    return (
        f"{who} of all training samples, in floats: {_percent(best.mean)} in folds, {_percent(n.score.accuracy)} held "
        f"out, with {n.data_bytes:,} bytes of samples ({n.least_bytes:,} as whole numbers)"
        f"{': does not fit' if n.fits is False else ''}."
    )


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.2f} %"
