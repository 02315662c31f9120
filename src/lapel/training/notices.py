"""What a user has to know about the result of a training: that it is no better than having learned nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lapel.errors import shown
from lapel.ir.origin import Label
from lapel.records import Metrics, SeedRun, TrainingOptions


def notices(runs: Iterable[SeedRun], classes: Sequence[Label], options: TrainingOptions) -> tuple[str, ...]:
    """A sentence for each seed that is no better, on the samples that judge it, than a constant answer."""
    return tuple(_notice(run, classes, options) for run in runs if run.parts[-1][1].no_better)


def _notice(run: SeedRun, classes: Sequence[Label], options: TrainingOptions) -> str:
    name, judged = run.parts[-1]
    found = f"{_figure(judged)} of {judged.samples:,} {name} samples"
    said = f"seed {run.seed}: {found} is no better than {_rival(judged, classes)}"
    if run.train.no_better:
        return (
            f"{said}: nothing was learned: give more epochs ({options.epochs}), another learning_rate "
            f"({options.learning_rate:g}), and look at samples and labels"
        )
    return (
        f"{said}: what was learned ({_figure(run.train)} of the training samples) does not hold for others: give more "
        "samples, a smaller network, or augmentations"
    )


def _figure(m: Metrics) -> str:
    return f"accuracy {100 * m.accuracy:.2f} %" if m.accuracy is not None else f"R² {m.r2:.4f}"


def _rival(m: Metrics, classes: Sequence[Label]) -> str:
    """The constant answer that the baseline is of."""
    if m.accuracy is None or m.baseline is None:
        return "always saying the mean"
    share = f"{100 * m.baseline:.2f} %"
    if not m.confusion:
        return f"always giving each flag its more frequent value ({share})"
    totals = [sum(row) for row in m.confusion]
    return f"always saying {shown(repr(classes[totals.index(max(totals))]))} ({share})"
