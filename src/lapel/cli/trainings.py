"""Trainings on the screen: a bar with rates and remaining time, and what came out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from lapel.cli import screen
from lapel.cli.grid import Column
from lapel.records import Metrics, TrainingRecord
from lapel.training import Progress as Moment

SHOWN_CLASSES = 20
"""Most classes whose confusions are shown."""


@contextmanager
def shown(quiet: bool = False) -> Iterator[Callable[[Moment | str], None]]:
    """A callback that shows a training, or the name of another stage, on standard error: a bar on a terminal, elsewhere
    a line every so often."""
    console = Console(stderr=True, markup=False, highlight=False, emoji=False)
    if not console.is_terminal or console.is_dumb_terminal:
        with screen.stages(quiet) as stages:
            yield _silent if quiet else _Lines(stages)
        return
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}", markup=False),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        yield _Bar(bar)


def _silent(at: Moment | str) -> None:
    """Nothing."""


class _Bar:
    """The stage that it is, or the training."""

    def __init__(self, bar: Progress) -> None:
        self._bar, self._stage = bar, ""
        self._task = bar.add_task("reading data", total=None, rate="")

    def __call__(self, at: Moment | str) -> None:
        if isinstance(at, str):
            self._stage = screen.clean(at)
            self._bar.reset(self._task, description=self._stage, total=None, rate="")
            return
        self._bar.update(
            self._task,
            description=_joined(self._stage, f"seed {at.seed}, epoch {at.epoch}/{at.epochs}, loss {at.loss:.4g}"),
            total=at.epochs * at.steps,
            completed=(at.epoch - 1) * at.steps + at.step,
            rate=f"{at.samples_per_s:,.0f} samples/s",
        )


class _Lines:
    """A plain line on standard error, not more often than every few seconds; stages: shows those that are slow."""

    def __init__(self, stages: Callable[[str], None]) -> None:
        self._last_s = time.monotonic()
        self._stages, self._stage = stages, ""

    def __call__(self, at: Moment | str) -> None:
        now_s = time.monotonic()
        if isinstance(at, str):
            self._stage, self._last_s = at, now_s
            self._stages(at)
        elif now_s - self._last_s >= screen.SLOW_S:
            self._last_s = now_s
            click.echo(f"lapel: {_joined(self._stage, str(at))}", err=True)


def _joined(stage: str, training: str) -> str:
    return f"{stage}: {training}" if stage else training


def print_record(record: TrainingRecord) -> None:
    """Metrics of each part of the data, of each seed, and what is taken for what."""
    samples = f"{record.train_samples:,} / {record.val_samples:,} / {record.test_samples:,} samples"
    bits = record.options.weight_bits
    how = f", int8 with weights of {bits} bits" if record.options.quantize else ""
    numbers = f"{record.learned:,} numbers learned"
    screen.say(f"{record.network}{how}: {numbers}, train / val / test: {samples}, {record.device}")
    titles = ("train", "val", "test")
    rows = []
    for run in record.runs:
        parts = [_score(m) for m in (run.train, run.val, run.test)]
        rows.append([f"{run.seed}{' *' if run.seed == record.seed else ''}", str(run.best_epoch), run.ended, *parts])
    heads = [Column("seed", "name"), Column("best epoch"), Column("ended by", "name"), *map(Column, titles)]
    screen.print_table("", heads, rows)
    spread = record.test_spread
    if spread is not None and spread.deviation is not None:
        screen.say(
            f"test over {len(record.runs)} seeds: mean {100 * spread.mean:.2f} %, standard deviation "
            f"{100 * spread.deviation:.2f}, {100 * spread.least:.2f} to {100 * spread.most:.2f} %; * is kept"
        )
    final = record.run.test or record.run.val or record.run.train
    if final.auc is not None or final.mae is not None:
        screen.say(_more(final))
    if final.confusion and len(final.confusion) <= SHOWN_CLASSES:
        _print_confusion(record.classes, final)
    for warning in record.warnings:
        screen.say_warning(warning)


def _score(m: Metrics | None) -> str:
    if m is None:
        return "-"
    return screen.percent(m.accuracy) if m.accuracy is not None else f"R² {screen.number(m.r2, 4)}"


def _more(m: Metrics) -> str:
    found = {"AUC": m.auc, "F1": m.f1, "mean absolute error": m.mae, "root mean square error": m.rmse}
    return ", ".join(f"{name} {value:.4g}" for name, value in found.items() if value is not None)


def _print_confusion(classes: Sequence[object], m: Metrics) -> None:
    """Rows are what samples are, columns what they are taken for."""
    names = [str(c) for c in classes]
    columns = [Column("is", "name"), *map(Column, names), Column("found")]
    rows = [
        [name, *(str(n) for n in row), screen.percent(share)]
        for name, row, share in zip(names, m.confusion, m.per_class, strict=True)
    ]
    screen.print_table("taken for", columns, rows)
