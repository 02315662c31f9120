"""Calibration samples and their labels: what cannot be used is an error, what looks like a mistake a sentence."""

from __future__ import annotations

import numpy as np

from lapel.errors import InputError, shown
from lapel.ir import Graph
from lapel.proving import scoring
from lapel.proving.fidelity import Fidelity
from lapel.proving.samples import Samples

FEW_SAMPLES = 8
"""Below this, ranges are what those few happen to hold."""
LEAST_JUDGED = 20
"""Fewer labels say little of a model."""


def few(samples: Samples) -> list[str]:
    """What is wrong with how many samples there are, or how many different ones."""
    count = len(next(iter(samples.values())))
    found = f"{count:,} calibration sample{'' if count == 1 else 's'}"
    if count < FEW_SAMPLES:
        return [f"{found}, expected at least {FEW_SAMPLES}: ranges are what these happen to hold, give more"]
    if all((x == x[:1]).all() for x in samples.values()):
        return [f"{found}, all the same, expected different ones: ranges are what this one happens to hold"]
    return []


def unlike(fidelity: Fidelity, targets: scoring.Targets | None) -> list[str]:
    """A float model no better than one that always says the same: its labels or samples are hardly those it knows.

    Of labels that are all the same any figure is good, or none: they are said.
    """
    score = fidelity.float_score
    if targets is None or score is None or targets.task == "multilabel" or len(targets.values) < LEAST_JUDGED:
        return []
    if (targets.values == targets.values[:1]).all():
        return ["the labels are all the same, expected different ones: how they are met says little of the model"]
    chance = float(np.unique(targets.values, return_counts=True)[1].max() / len(targets.values))
    least = 0.0 if score.accuracy is None else chance
    if score.share is None or score.share > least:
        return []
    found = f"R² of the float model is {score.share:.4f}"
    if score.accuracy is not None:
        found = f"the float model is right for {100 * score.share:.2f} % of the samples, always the same class for "
        found += f"{100 * chance:.2f} %"
    return [
        f"{found}: look whether labels are in the order of the samples, and classes in that of its scores, and whether "
        "samples are prepared as in training"
    ]


def check_samples(graph: Graph, samples: Samples) -> None:
    """Raise InputError, with the first one, where samples are not finite."""
    for name, x in samples.items():
        bad = np.flatnonzero(~np.isfinite(x.reshape(len(x), -1)).all(axis=1))
        if len(bad):
            raise InputError(
                f"{graph.name}: sample {bad[0]} of input {shown(name)!r} holds NaN or infinity, and {len(bad):,} of "
                f"{len(x):,} samples do, expected finite numbers: mend them or leave them out"
            )


def check_results(graph: Graph, fidelity: Fidelity) -> None:
    """The same where the float model makes NaN or infinity of a sample."""
    for name, y in fidelity.floats.items():
        bad = np.flatnonzero(~np.isfinite(y).all(axis=1))
        if len(bad):
            raise InputError(
                f"{graph.name}: the float model's result {shown(name)!r} of sample {bad[0]} is NaN or infinite, and of "
                f"{len(bad):,} of {len(y):,} samples, expected finite numbers: look at these, they are too large"
            )
