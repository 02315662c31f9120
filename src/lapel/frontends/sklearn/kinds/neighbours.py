"""Nearest neighbours: condensed to as many prototypes as a budget of bytes has room for, of which the nearest decides.

Prototypes have eight bits a feature, or four and twice as many of them: the calibration data tells which of both says
more often what all neighbours say.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.ensembles import grid_of
from lapel.errors import InputError, UnsupportedModel, UsageError
from lapel.frontends._calibration import loss_warnings, lost
from lapel.frontends.sklearn.asked import Asked
from lapel.frontends.sklearn.encoded import Encoded, of_quant
from lapel.frontends.sklearn.parts import affines_of, compose
from lapel.frontends.sklearn.prototypes import Steps, condense
from lapel.ir import Graph, Origin, Quant
from lapel.ir.origin import Agreement
from lapel.ops import evaluate

BUDGET_BYTES = 2048
"""Where none is given."""
STRUCT_BYTES = 60
"""Bound of what the kernel's params take beside prototypes."""
FLOAT_BYTES = 8
"""Of a feature that the device scales: its centre and its slope."""
MOST_PER_CLASS = 127
MOST_CODE = 127
MEASURED_SAMPLES = 1024
INPUTS = ("auto", "int8", "float")


@dataclass(frozen=True, eq=False)
class Neighbours:
    """x: float64 [n, K], what the estimator was fitted to. labels: int64 [n]. classes: how many."""

    x: np.ndarray
    labels: np.ndarray
    classes: int


@dataclass(frozen=True, eq=False)
class Space:
    """How the estimator's features become codes whose distances are its distances: x · (1 / unit) - shift [K]."""

    encoded: Encoded
    unit: float
    shift: np.ndarray

    def codes(self, x: np.ndarray) -> np.ndarray:
        """float64 [n, K] of features as the estimator has them."""
        return np.asarray(np.clip(x / self.unit - self.shift, -128, 127))


def convert(asked: Asked) -> Graph:
    """The estimator as a graph of batch 1."""
    if asked.input not in INPUTS:
        expected = ", ".join(map(repr, INPUTS))
        raise UsageError(f"input is {asked.input!r}, expected one of {expected}, which nearest neighbours have")
    found: Neighbours = asked.form.parts(asked.last, asked.probabilities)
    space = _space(asked, found)
    at = np.linspace(0, len(asked.data) - 1, min(len(asked.data), MEASURED_SAMPLES)).astype(np.intp)
    sample = asked.data[at]
    scores = partial(_probabilities, tuple(asked.steps), asked.last)
    want = scores(sample)
    given = space.encoded.given(space.encoded.codes(sample), sample)
    made = []
    for bits, room in _rooms(asked, found, space).items():
        prototypes = _prototypes(found, space, bits, room)
        graph = _graph(asked.name, space, prototypes, len(sample))
        y = evaluate(graph, {graph.arguments[0]: given})[graph.results[0]].astype(np.float64)
        made.append((lost(y, want, 0.0, asked.task), prototypes))
    loss, best = min(made, key=lambda m: m[0])
    advice = f"{len(best.integers)} prototypes stand for {len(found.x):,} samples, more budget_bytes are more of them"
    origin = Origin(
        task=asked.task,
        classes=asked.form.classes(asked.last),
        features=asked.features,
        numbers=True,
        scores=scores,
        warnings=loss_warnings(loss, len(at), asked.task, advice),
        agreement=Agreement(1 - loss, "classes", len(at)),
    )
    return replace(_graph(asked.name, space, best, 1), origin=origin)


def _space(asked: Asked, found: Neighbours) -> Space:
    """Raises UnsupportedModel where a step mixes features, or scales one by 0."""
    n = asked.data.shape[1]
    affines = affines_of(asked.steps, n)
    mixing = [type(s).__name__ for s, a in zip(asked.steps, affines, strict=True) if a.mixes]
    if mixing:
        problem = f"step {mixing[0]} mixes features, expected scalers: apply it to the data before the model"
        raise UnsupportedModel(type(asked.last).__name__, [problem])
    slope, offset = compose(affines, n)
    alike = bool(np.allclose(slope, slope[0], rtol=1e-12, atol=0))
    if asked.input == "int8" and not alike:
        what = "scales its features unlike each other, which one scale of int8 cannot follow"
        raise InputError(f"{type(asked.last).__name__}: its pipeline {what}: use input='float'")
    if alike and asked.input != "float":
        grid = grid_of(asked.data, "int8")
        middle = int(np.rint((asked.data.min() + asked.data.max()) / 2 / grid.scale))
        encoded, unit = of_quant("int8", grid.scale, -middle, n), float(slope[0]) * grid.scale
        return Space(encoded, unit, offset / unit + middle)
    low, high = found.x.min(axis=0), found.x.max(axis=0)
    unit = float((high - low).max()) / (2 * MOST_CODE) or 1.0
    middle = (low + high) / 2
    safe = np.where(slope == 0, 1.0, slope)
    centre, per_code = (middle - offset) / safe, slope / unit
    encoded = Encoded("int8", None, centre.astype(np.float32).astype(np.float64), per_code)
    return Space(encoded, unit, middle / unit)


@dataclass(frozen=True, eq=False)
class Prototypes:
    """integers: int8 [M, K], of 2^fine codes each, class by class. counts: of each class."""

    integers: np.ndarray
    counts: np.ndarray
    fine: int


def _rooms(asked: Asked, found: Neighbours, space: Space) -> dict[int, int]:
    """By bits of a feature, how many prototypes the budget has room for; raises InputError where that is too few."""
    features, classes = found.x.shape[1], found.classes
    other = STRUCT_BYTES + classes + (0 if space.encoded.quant is not None else FLOAT_BYTES * features + STRUCT_BYTES)
    budget = BUDGET_BYTES if asked.budget_bytes is None else asked.budget_bytes
    each = {8: features + 4, 4: (features + 1) // 2 + 2}
    rooms = {bits: (budget - other) // size for bits, size in each.items()}
    if max(rooms.values()) < classes:
        least = other + classes * min(each.values())
        raise InputError(
            f"budget_bytes is {budget}, expected {least} or more, of one prototype for each of {classes} classes "
            f"with {features} features: give it more, or use fewer features"
        )
    return {bits: room for bits, room in rooms.items() if room >= classes}


def _prototypes(found: Neighbours, space: Space, bits: int, room: int) -> Prototypes:
    codes = space.codes(found.x)
    samples = np.bincount(found.labels, minlength=found.classes)
    counts = _spread(room, np.minimum(samples, MOST_PER_CLASS))
    most = 2 ** (bits - 1)
    fine = 0 if bits == 8 else max(1, int(np.ceil(np.log2(max(np.abs(codes).max(), 1) / (most - 0.5)))))
    steps = Steps(2.0**fine, -most, most - 1)
    integers = steps.integers(condense(codes, found.labels, counts, steps)).astype(np.int8)
    return Prototypes(integers, counts, fine)


def _spread(total: int, most: np.ndarray) -> np.ndarray:
    """int64 [C]: at least one and at most so many of each, as even as that allows."""
    counts = np.ones(len(most), np.int64)
    while counts.sum() < total and (counts < most).any():
        counts[np.where(counts < most, counts, np.iinfo(np.int64).max).argmin()] += 1
    return counts


def _graph(name: str, space: Space, prototypes: Prototypes, batch: int) -> Graph:
    b = GraphBuilder(name)
    x = space.encoded.add(b, batch)
    constants = {
        "prototypes": prototypes.integers,
        "offset": np.zeros(len(prototypes.integers), np.int32),
        "counts": prototypes.counts.astype(np.uint8),
        "table": np.zeros(1, np.uint8),
    }
    made = (b.constant(f"neighbours/{n}", v) for n, v in constants.items())
    y = b.node("protonn", x, *made, name="nearest", fine=prototypes.fine, drop=0)
    return b.graph(b.standing_for(y, Quant((1.0,), (0,))))


def _probabilities(steps: Sequence[Any], last: Any, x: np.ndarray) -> np.ndarray:
    """float64 [n, C]: what the estimator itself says of raw features."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        found = np.asarray(x, np.float64).reshape(len(x), -1)
        for step in steps:
            found = np.asarray(step.transform(found), np.float64)
        return np.asarray(last.predict_proba(found))
