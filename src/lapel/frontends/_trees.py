"""Ensembles of trees, whichever library grew them -> Graph of one node: what its input holds, what integers lose."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from lapel.ensembles import Ensemble, Grid, forest_graph, grid_of
from lapel.ensembles.leaves import LEVELS
from lapel.errors import InputError, UsageError, some
from lapel.frontends._calibration import loss_warnings, lost
from lapel.ir import Graph, Label, Origin, Task
from lapel.ir.origin import Agreement
from lapel.ops import evaluate

DTYPES = {"auto": "auto", "int8": "int8", "int16": "int16", "float": "float32"}
"""What an input is called, and what it is."""
MEASURED_SAMPLES = 1024


@dataclass(frozen=True, eq=False)
class Grown:
    """Trees, and what is known of them. kind: what the model is called in messages. features: names of the columns.
    missing: whether NaN is an input, whatever the calibration data has."""

    kind: str
    ensemble: Ensemble
    task: Task
    classes: tuple[Label, ...] = ()
    features: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    missing: bool = False

    def called(self, feature: int) -> str:
        """A feature by its name, or its number."""
        return f"feature {self.features[feature]!r}" if self.features else f"feature {feature}"


def import_trees(
    name: str, grown: Grown, data: np.ndarray | None, input: str = "auto", votes: int | None = None
) -> Graph:
    """The graph of batch 1, for an input that holds features like data [n, F]; without any, for float32.

    Raises UsageError for an input or a number of votes that trees do not have, InputError where an int8 or int16 input
    cannot hold what the trees tell apart.
    """
    if input not in DTYPES:
        raise UsageError(f"input is {input!r}, and trees fold scalers into their thresholds: use 'auto'")
    if votes is not None and not (isinstance(votes, int) and 1 <= votes <= LEVELS):
        raise UsageError(f"votes is {votes!r}, expected a whole number 1..{LEVELS}, or None")
    missing = grown.ensemble.parts_missing and (grown.missing or (data is not None and bool(np.isnan(data).any())))
    grown = grown if missing else replace(grown, ensemble=grown.ensemble.without_missing())
    ensemble = grown.ensemble
    origin = Origin(
        task=grown.task,
        classes=grown.classes,
        features=grown.features,
        numbers=True,
        scores=ensemble.compute,
        warnings=grown.warnings,
    )
    origin_of_floats = replace(origin, missing=missing)
    if data is None:
        return replace(forest_graph(name, ensemble, Grid("float32"), votes=votes), origin=origin_of_floats)
    grid = _grid(grown, data, input)
    origin = origin_of_floats if grid.dtype == "float32" else origin
    if input in ("int8", "int16"):
        _check_held(grown, data, grid.rounded(data), input)
    at = np.linspace(0, len(data) - 1, min(len(data), MEASURED_SAMPLES)).astype(np.intp)
    advice = "use fewer trees, whose leaves get finer" if votes is None else "ask for more votes"
    loss = _loss(lambda batch: forest_graph(name, ensemble, grid, batch, votes), grown, grid, data[at])
    origin = replace(
        origin,
        warnings=(*grown.warnings, *loss_warnings(loss, len(at), grown.task, advice)),
        agreement=Agreement(1 - loss, "numbers" if grown.task == "regression" else "classes", len(at)),
    )
    return replace(forest_graph(name, ensemble, grid, votes=votes), origin=origin)


def _grid(grown: Grown, data: np.ndarray, input: str) -> Grid:
    """What the input holds; raises InputError for integers where the data has NaN."""
    if not np.isnan(data).any():
        return grid_of(data, DTYPES[input])
    if input in ("int8", "int16"):
        raise InputError(f"{grown.kind}: calibration data has NaN, which {input} cannot hold: use input='float'")
    return Grid("float32")


def _check_held(grown: Grown, data: np.ndarray, rounded: np.ndarray, input: str) -> None:
    """Raise InputError for features of which the input's numbers are on another side of a threshold than the data.

    A float32 input is what the estimator itself makes of features, but for scalers, which see them before that.
    """
    if np.array_equal(rounded, data):
        return
    moved = set[int]()
    exact, held = grown.ensemble.seen(data), grown.ensemble.seen(rounded)
    for tree in grown.ensemble.trees:
        inner = tree.left >= 0
        for feature, threshold in {*zip(tree.feature[inner].tolist(), tree.threshold[inner].tolist(), strict=True)}:
            if feature not in moved and ((exact[:, feature] <= threshold) != (held[:, feature] <= threshold)).any():
                moved.add(feature)
    if moved:
        what = "one feature" if len(moved) == 1 else f"{len(moved)} features"
        raise InputError(
            f"{grown.kind}: the {input} input cannot hold {what} exactly, as its steps take "
            f"calibration samples across thresholds: {some([grown.called(k) for k in sorted(moved)])}: use "
            "input='float', which is exact, or train on features that are whole numbers"
        )


def _loss(build: Callable[[int], Graph], grown: Grown, grid: Grid, sample: np.ndarray) -> float:
    graph = build(len(sample))
    codes = sample.astype(np.float32)
    if grid.dtype != "float32":
        codes = np.rint(grid.rounded(sample) / grid.scale + grid.zero).astype(grid.dtype)
    y = graph.tensors[graph.results[0]].type
    made = evaluate(graph, {graph.arguments[0]: codes})[graph.results[0]].astype(np.float64)
    return lost((made - y.zero) * y.scale, grown.ensemble.compute(sample), 0.0, grown.task)
