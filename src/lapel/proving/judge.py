"""Outputs beside labels and beside the float model: scores, what was lost, and what a user has to know about it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import InputError
from lapel.ir import Graph, Task
from lapel.ops import registry
from lapel.proving import labelorder, mistakes, scoring
from lapel.proving import samples as checked
from lapel.proving.inputs import Inputs
from lapel.proving.layouts import to_graph, users_type
from lapel.proving.samples import Samples
from lapel.records import LOUD_LOSS, MOST_CHANGED, MOST_CLASSES, ROUNDING, Changed, Classes, Score, share_lost

LOW_ACCURACY = 0.9
TRIED_SAMPLES = 64
TRIED_MACS = 100_000_000
LEAST_GAIN = 0.15
LEAST_SAMPLES = 8
"""Another preparation of the samples is worth a warning if it meets that share, and that number, of labels more.
Tried is it only below LOW_ACCURACY, on as many samples as the reference computes in a second or so."""

ADVICE = "quantize with calibration data like these samples"

Reference = Callable[[Graph, Samples], Samples]


@dataclass(frozen=True, eq=False)
class Case:
    """A model with samples, checked targets, and the float model's real outputs (N, K) where they are known."""

    graph: Graph
    given: Inputs | None
    targets: scoring.Targets | None
    floats: np.ndarray | None


@dataclass(frozen=True)
class Verdict:
    """See the fields of `records.Run` by these names."""

    score: Score | None
    reference_score: Score | None
    float_score: Score | None
    float_agreement: Score | None
    warnings: tuple[str, ...]
    by_class: Classes | None = None


def prepare(graph: Graph, given: Inputs | None, labels: Any, float_outputs: Any, count: int) -> Case:
    """Check labels and float outputs before any work is done for them."""
    for what, value in (("labels", labels), ("float outputs", float_outputs)):
        if value is not None and given is None:
            raise InputError(f"{what} were given without samples, expected both: give the inputs that they belong to")
    targets = None if labels is None else scoring.targets(graph, labels, count)
    return Case(graph, given, targets, _floats(graph, given, float_outputs, count))


def _floats(graph: Graph, given: Inputs | None, float_outputs: Any, count: int) -> np.ndarray | None:
    if float_outputs is not None:
        return _given_floats(graph, float_outputs, count)
    scores = graph.origin.scores
    if scores is None or given is None or set(given.numbers) != set(graph.arguments):
        return None
    return scores(given.numbers[graph.arguments[0]].reshape(count, -1))


def _given_floats(graph: Graph, float_outputs: Any, count: int) -> np.ndarray:
    """(N, K) as they are; of a class each (N,) scores that say the same."""
    outputs, values = scoring.only_output(graph).size, scoring.as_array(float_outputs)
    if values.ndim > 2 and checked.fits(users_type(graph, graph.results[0]), values):
        values, _ = to_graph(graph, graph.results[0], values)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim == 1 and (outputs > 1 or values.dtype.kind == "U"):
        found = scoring.targets(graph, values, count).values
        return np.eye(outputs)[found] if outputs > 1 else scoring.threshold(graph) - 0.5 + found[:, None]
    if values.size != count * outputs or len(values) != count or values.dtype.kind not in "fiub":
        raise InputError(
            f"float outputs are {values.dtype}{list(values.shape)}, expected [{count}, {outputs}], or a class each"
        )
    return values.reshape(count, outputs).astype(np.float64)


def judge(case: Case, outputs: Samples, expected: Samples, reference: Reference) -> Verdict:
    """Score the firmware's outputs, the reference's and the float model's; collect the warnings about the samples."""
    graph, targets = case.graph, case.targets
    warnings = list(case.given.warnings if case.given else ())
    score = reference_score = float_score = agreement = None
    if targets is not None:
        score, reference_score = (targets.score(graph, scoring.real_outputs(graph, v)) for v in (outputs, expected))
        float_score = None if case.floats is None else targets.score(graph, case.floats)
        warnings += [f"{said}: {ADVICE}" for said in score_lost(score, float_score)]
        if score.accuracy is not None and score.accuracy < LOW_ACCURACY:
            warnings += _other_order(case, targets, outputs) or _other_preparations(case, reference)
    if case.floats is not None:
        agreement = agreement_of(case, scoring.real_outputs(graph, outputs))
        if targets is None:
            warnings += [f"{said}: {ADVICE}" for said in agreement_lost(agreement)]
    by_class = _by_class(case, scoring.real_outputs(graph, outputs)) if _classifies(case) else None
    return Verdict(score, reference_score, float_score, agreement, tuple(warnings), by_class)


def _classifies(case: Case) -> bool:
    """Whether each sample gets one class, and there is something to compare it with."""
    if case.targets is not None:
        return case.targets.task == "classification"
    return case.floats is not None and _task(case) == "classification"


def _by_class(case: Case, found: np.ndarray) -> Classes:
    """Real outputs (N, K) of the firmware, counted by label and class, and beside the float model's classes."""
    classes = scoring.classes(case.graph, found, "classification")
    labels = None if case.targets is None else case.targets.values
    wanted = None if case.floats is None else scoring.classes(case.graph, case.floats, "classification")
    others = np.array([], np.int64) if wanted is None else np.flatnonzero(wanted != classes)
    examples = tuple(
        Changed(int(k), int(wanted[k]), int(classes[k]), None if labels is None else int(labels[k]))
        for k in others[:MOST_CHANGED]
        if wanted is not None
    )
    return Classes(_confusion(case, classes, labels), None if wanted is None else len(others), examples)


def _confusion(case: Case, classes: np.ndarray, labels: np.ndarray | None) -> tuple[tuple[int, ...], ...]:
    if labels is None or not len(labels):
        return ()
    count = 1 + max(int(classes.max()), int(labels.max()), scoring.only_output(case.graph).size - 1)
    if count > MOST_CLASSES or min(classes.min(), labels.min()) < 0:
        return ()
    counts = np.zeros((count, count), np.int64)
    np.add.at(counts, (labels.astype(np.int64), classes.astype(np.int64)), 1)
    return tuple(tuple(map(int, row)) for row in counts)


def _other_order(case: Case, targets: scoring.Targets, outputs: Samples) -> list[str]:
    """Whether the classes of the labels stand in another order than those of the model."""
    if targets.task != "classification" or targets.values.ndim != 1:
        return []
    found = scoring.classes(case.graph, scoring.real_outputs(case.graph, outputs), targets.task)
    said = labelorder.other_order(np.asarray(found).reshape(-1), targets.values, case.graph.classes)
    return [said] if said else []


def score_lost(score: Score, floats: Score | None) -> list[str]:
    """What is lost of the float model's score, if it is more than LOUD_LOSS."""
    lost = share_lost(floats, score)
    if lost is None or lost <= LOUD_LOSS + ROUNDING or floats is None:
        return []
    ours, theirs = score.share or 0.0, floats.share or 0.0
    if score.accuracy is not None:
        instead = f"{100 * ours:.2f} % instead of {100 * theirs:.2f} %"
        what = f"accuracy is {100 * lost:.2f} points below the float model's: {instead}, expected at most 1 point"
    else:
        what = f"R² is {lost:.4f} below the float model's: {ours:.4f} instead of {theirs:.4f}, expected at most 0.01"
    return [what]


def agreement_of(case: Case, found: np.ndarray) -> Score:
    """The outputs scored by the float model's: the share with the same class, else R² and RMSE."""
    assert case.floats is not None
    task = _task(case)
    if task == "regression":
        return scoring.Targets(task, case.floats).score(case.graph, found)
    return scoring.Targets(task, scoring.classes(case.graph, case.floats, task)).score(case.graph, found)


def _task(case: Case) -> Task:
    """What the outputs are, by the labels, the model, or what makes them."""
    task = case.targets.task if case.targets is not None else case.graph.origin.task
    if task == "unknown":
        known = scoring.is_index(case.graph) or scoring.score_kind(case.graph) == "distribution"
        task = "classification" if known else "regression"
    return task


def agreement_lost(agreement: Score) -> list[str]:
    """What is missing to the float model's outputs, if it is more than LOUD_LOSS."""
    if agreement.share is None or 1 - agreement.share <= LOUD_LOSS + ROUNDING:
        return []
    if agreement.accuracy is None:
        what = f"R² against the float model's outputs is {agreement.share:.4f}, expected at least 0.99"
    else:
        lost = 100 * (1 - agreement.share)
        what = f"{lost:.2f} % of the samples get another class than from the float model, expected at most 1 %"
    return [what]


def _other_preparations(case: Case, reference: Reference) -> list[str]:
    """The best of the preparations of the samples that users forget, if it meets clearly more labels.

    A graph that knows its float model is compared with that instead; of a sequence no samples can be left out.
    """
    if case.graph.carries or case.graph.origin.scores or len(case.graph.arguments) != 1:
        return []
    if case.given is None or case.targets is None:
        return []
    name = case.graph.arguments[0]
    macs = sum(registry()[n.op].macs(case.graph.instance(n)) for n in case.graph.nodes)
    count = min(len(case.targets.values), TRIED_SAMPLES, max(LEAST_SAMPLES, TRIED_MACS // max(macs, 1)))
    # Spread over all: labels are often sorted.
    at = np.linspace(0, len(case.targets.values) - 1, count).astype(np.intp)
    q, x = case.given.samples[name][at], case.given.given[name][at]
    targets = scoring.Targets(case.targets.task, case.targets.values[at])

    def met(values: np.ndarray) -> float:
        scores = scoring.real_outputs(case.graph, reference(case.graph, checked.prepare(case.graph, {name: values})))
        return targets.score(case.graph, scores).accuracy or 0.0

    t = case.graph.tensors[name].type
    best = max(((met(values), code) for code, values in mistakes.alternatives(t, x, q)), default=(0.0, ""))
    share, now = best[0], met(q)
    if share - now < LEAST_GAIN or (share - now) * count < LEAST_SAMPLES:
        return []
    return [
        f"input {name!r}: as {best[1]} it would meet {100 * share:.0f} % of {count} labels, "
        f"as given it meets {100 * now:.0f} %: prepare samples as in training"
    ]
