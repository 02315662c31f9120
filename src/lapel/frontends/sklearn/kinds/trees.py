"""Ensembles of decision trees: thresholds that decide as scikit-learn's do for every number that the input can hold."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from lapel.ensembles import Ensemble, Grid, forest_graph, grid_of
from lapel.ensembles.leaves import LEVELS
from lapel.errors import InputError, UnsupportedModel, UsageError, some
from lapel.frontends.sklearn.asked import Asked, lost
from lapel.frontends.sklearn.forms import classes_of, step_forms
from lapel.ir import Graph, Origin
from lapel.ir.origin import Agreement
from lapel.ops import evaluate
from lapel.records import LOUD_LOSS

DTYPES = {"auto": "auto", "int8": "int8", "int16": "int16", "float": "float32"}
"""What an input is called, and what it is."""
MEASURED_SAMPLES = 1024


def convert(asked: Asked) -> Graph:
    """The estimator as a graph of one node, of batch 1."""
    if asked.input not in DTYPES:
        raise UsageError(f"input is {asked.input!r}, and trees fold scalers into their thresholds: use 'auto'")
    if asked.votes is not None and not (isinstance(asked.votes, int) and 1 <= asked.votes <= LEVELS):
        raise UsageError(f"votes is {asked.votes!r}, expected a whole number 1..{LEVELS}, or None")
    if asked.accumulators != "int32":
        raise UsageError(f"accumulators is {asked.accumulators!r}, and trees have none, as layers have: leave it out")
    ensemble = replace(asked.form.parts(asked.last, asked.probabilities), transform=_transform(asked))
    grid = grid_of(asked.data, DTYPES[asked.input])
    rounded = grid.rounded(asked.data)
    _check_held(asked, ensemble, rounded)
    at = np.linspace(0, len(rounded) - 1, min(len(rounded), MEASURED_SAMPLES)).astype(np.intp)
    loss = _loss(asked, ensemble, grid, asked.data[at])
    origin = Origin(
        task=asked.task,
        classes=classes_of(asked.last),
        features=asked.features,
        numbers=True,
        scores=ensemble.compute,
        warnings=_warnings(asked, loss, len(at)),
        agreement=Agreement(1 - loss, "numbers" if asked.task == "regression" else "classes", len(at)),
    )
    return replace(forest_graph(asked.name, ensemble, grid, votes=asked.votes), origin=origin)


def _transform(asked: Asked) -> Any:
    """All steps one after the other; raises UnsupportedModel for one of which thresholds cannot be moved before it."""
    n = int((*asked.steps, asked.last)[0].n_features_in_)
    mixing = [s for s in asked.steps if step_forms()[type(s).__name__].affine(s, n).mixes]
    if mixing:
        kind = type(mixing[0]).__name__
        problem = f"step {kind} mixes features, expected scalers before trees: apply it to the data before the model"
        raise UnsupportedModel(type(asked.last).__name__, [problem])
    return partial(_apply, tuple(asked.steps))


def _apply(steps: Sequence[Any], x: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        for step in steps:
            x = np.asarray(step.transform(x), np.float64)
    return x


def _check_held(asked: Asked, ensemble: Ensemble, rounded: np.ndarray) -> None:
    """Raise InputError for features of which the input's numbers are on another side of a threshold than the data.

    A float32 input is what the estimator itself makes of features, but for scalers, which see them before that.
    """
    if asked.input not in ("int8", "int16") or np.array_equal(rounded, asked.data):
        return
    moved = set[int]()
    exact, held = ensemble.seen(asked.data), ensemble.seen(rounded)
    for tree in ensemble.trees:
        inner = tree.left >= 0
        for feature, threshold in {*zip(tree.feature[inner].tolist(), tree.threshold[inner].tolist(), strict=True)}:
            if feature not in moved and ((exact[:, feature] <= threshold) != (held[:, feature] <= threshold)).any():
                moved.add(feature)
    if moved:
        what = "one feature" if len(moved) == 1 else f"{len(moved)} features"
        raise InputError(
            f"{type(asked.last).__name__}: the {asked.input} input cannot hold {what} exactly, as its steps take "
            f"calibration samples across thresholds: {some([asked.called(k) for k in sorted(moved)])}: use "
            "input='float', which is exact, or train on features that are whole numbers"
        )


def _loss(asked: Asked, ensemble: Ensemble, grid: Grid, sample: np.ndarray) -> float:
    graph = forest_graph(asked.name, ensemble, grid, len(sample), asked.votes)
    codes = sample.astype(np.float32)
    if grid.dtype != "float32":
        codes = np.rint(grid.rounded(sample) / grid.scale + grid.zero).astype(grid.dtype)
    y = graph.tensors[graph.results[0]].type
    made = evaluate(graph, {graph.arguments[0]: codes})[graph.results[0]].astype(np.float64)
    return lost((made - y.zero) * y.scale, ensemble.compute(sample), 0.0, asked.task)


def _warnings(asked: Asked, loss: float, samples: int) -> tuple[str, ...]:
    if loss <= LOUD_LOSS:
        return ()
    what = f"{100 * loss:.1f} % of {samples} calibration samples get another class than from the float model"
    if asked.task == "regression":
        what = f"{100 * loss:.1f} % of the variance of the outputs is lost on {samples} calibration samples"
    advice = "use fewer trees, whose leaves get finer" if asked.votes is None else "ask for more votes"
    return (f"in integers {what}, expected at most {100 * LOUD_LOSS:.0f} %: {advice}",)
