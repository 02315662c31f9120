"""Decision trees of scikit-learn: every decision is the float tree's, and what integers make of the leaves."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import lapel
from lapel.ensembles import Grid
from lapel.ensembles.thresholds import limits
from lapel.errors import InputError, UnsupportedModel, UsageError
from lapel.frontends.sklearn.trees import mean_path
from lapel.ir import Graph
from lapel.ops.forest import trees

CLASSIFIERS = [DecisionTreeClassifier, RandomForestClassifier, ExtraTreesClassifier]
REGRESSORS = [DecisionTreeRegressor, RandomForestRegressor, ExtraTreesRegressor]


def small(kind: Any, **more: Any) -> Any:
    return kind(
        max_leaf_nodes=24, random_state=0, **({} if "Decision" in kind.__name__ else {"n_estimators": 8}), **more
    )


def grown(model: Any) -> list[Any]:
    return [t.tree_ for t in getattr(model, "estimators_", [model])]


def check_leaves(graph: Graph, model: Any, x: np.ndarray, codes: np.ndarray) -> None:
    """Each tree of the graph and of the model part samples in the same way, but for leaves that are equal."""
    made = trees(graph.instance(graph.nodes[0])).leaf_indexes(codes)
    for k, tree in enumerate(grown(model)):
        pairs = {*zip(tree.apply(x.astype(np.float32)).tolist(), made[:, k].tolist(), strict=True)}
        assert len(pairs) == len({a for a, _ in pairs}), "samples of one leaf of the model are in several"


@pytest.mark.parametrize("kind", CLASSIFIERS)
def test_whole_numbers_take_the_same_leaves(kind: Any) -> None:
    x, y = load_digits(return_X_y=True)
    model = small(kind).fit(x[:900], y[:900])
    graph = lapel.load(model, x[:900])
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8"
    check_leaves(graph, model, x[900:], x[900:].astype(np.int8))
    np.testing.assert_allclose(graph.origin.scores(x[900:]), model.predict_proba(x[900:]), atol=1e-12)
    same = (np.asarray(lapel.predict(graph, x[900:])) == model.predict(x[900:])).mean()
    assert same == 1.0 if kind is DecisionTreeClassifier else same > 0.98


@pytest.mark.parametrize("kind", REGRESSORS)
def test_floats_take_the_same_leaves(kind: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    model = small(kind).fit(x[:300], y[:300])
    graph = lapel.load(model, x[:300])
    assert graph.tensors[graph.inputs[0]].type.dtype == "float32"
    made = np.asarray(lapel.predict(graph, x[300:])).reshape(-1)
    assert np.abs(made - model.predict(x[300:])).max() < np.ptp(y) * 8 / 2**15


@pytest.mark.parametrize("scaler", [StandardScaler, MinMaxScaler])
@pytest.mark.parametrize("input", ["int16", "float"])
def test_scalers_are_in_the_thresholds(scaler: Any, input: str) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    x = np.rint(x * 5)
    model = make_pipeline(scaler(), small(RandomForestClassifier)).fit(x[:300], y[:300])
    graph = lapel.from_sklearn(model, x[:300], input=input)
    seen = model[0].transform(x[300:])
    check_leaves(graph, model[-1], seen, limits_of(graph, x[300:]))
    assert (np.asarray(lapel.predict(graph, x[300:])) == model.predict(x[300:])).all()


def limits_of(graph: Graph, x: np.ndarray) -> np.ndarray:
    from lapel.families.trees import float_keys

    t = graph.tensors[graph.inputs[0]].type
    return float_keys(x.astype(np.float32)) if t.dtype == "float32" else (x / t.scale + t.zero).astype(t.dtype)


def rounded(x: np.ndarray) -> np.ndarray:
    return x.astype(np.float32).astype(np.float64)


@pytest.mark.parametrize("grid", [Grid("int8", 0.37, 5), Grid("int8", 1.0, -128), Grid("int16", 0.01, 0)])
def test_a_threshold_is_right_for_every_code(grid: Grid) -> None:
    codes = np.arange(grid.low, grid.high + 1)
    numbers = grid.numbers(codes)
    rng = np.random.default_rng(0)
    near = rng.choice(numbers, 40)
    thresholds = np.concatenate([near, np.nextafter(near, -1e9), np.nextafter(near, 1e9), [-1e9, 1e9, 0.0, 3.5]])
    found = limits(grid, rounded, 3, np.full(len(thresholds), 2), thresholds)
    seen = numbers.astype(np.float32).astype(np.float64)
    for threshold, limit in zip(thresholds, found, strict=True):
        assert ((codes <= limit) == (seen <= threshold)).all()


def test_a_float_threshold_is_right_next_to_it() -> None:
    grid = Grid("float32")
    rng = np.random.default_rng(1)
    thresholds = np.concatenate([rng.normal(0, 1, 50), rng.normal(0, 1, 50) * 1e-40, [0.0, -0.0, 3e38, -3e38]])
    found = limits(grid, rounded, 1, np.zeros(len(thresholds), np.int64), thresholds)
    for step in (-2, -1, 0, 1, 2):
        seen = grid.numbers(np.clip(found + step, grid.low, grid.high))
        assert ((step <= 0) == (seen <= thresholds)).all()


def test_what_cannot_be_held_is_named() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    model = small(RandomForestClassifier).fit(x, y)
    with pytest.raises(
        InputError, match=r"the int8 input cannot hold \d+ features exactly.*feature \d+.*input='float'"
    ):
        lapel.from_sklearn(model, x, input="int8")
    with pytest.raises(InputError, match="RandomForestClassifier is not fitted, expected a fitted one: call fit first"):
        lapel.load(RandomForestClassifier(), x)
    with pytest.raises(UsageError, match="input is 'scaled', and trees fold scalers into their thresholds"):
        lapel.from_sklearn(model, x, input="scaled")
    with pytest.raises(UnsupportedModel, match="step PCA mixes features, expected scalers before trees"):
        lapel.load(make_pipeline(PCA(3), small(RandomForestClassifier)).fit(x, y), x)
    with pytest.raises(UnsupportedModel, match="has 2 labels a sample, expected one: train a model for each"):
        lapel.load(small(RandomForestClassifier).fit(x, np.stack([y, y], axis=1)), x)


def test_samples_on_the_chip() -> None:
    x, y = load_digits(return_X_y=True)
    model = RandomForestClassifier(5, max_leaf_nodes=16, random_state=0).fit(x[:900], y[:900])
    graph = lapel.load(model, x[:900], name="digits")
    for core in ("atmega328p", "cortex-m0plus"):
        assert lapel.run(graph, core, x[900:904]).bit_exact


@pytest.mark.parametrize("kind", [GradientBoostingClassifier, HistGradientBoostingClassifier])
@pytest.mark.parametrize("classes", [2, 10])
def test_boosted_classes(kind: Any, classes: int) -> None:
    x, y = load_digits(return_X_y=True) if classes == 10 else load_breast_cancer(return_X_y=True)
    few = {"max_iter": 6} if "Hist" in kind.__name__ else {"n_estimators": 6}
    model = make_pipeline(StandardScaler(), kind(max_depth=3, random_state=0, **few)).fit(x[:400], y[:400])
    graph = lapel.load(model, x[:400])
    scores = graph.origin.scores(x[400:])
    want = model.decision_function(x[400:]).reshape(len(scores), -1)
    np.testing.assert_allclose(scores, want, atol=1e-5)
    same = np.asarray(lapel.predict(graph, x[400:])) == model.predict(x[400:])
    assert same.mean() > 0.997


@pytest.mark.parametrize("kind", [GradientBoostingRegressor, HistGradientBoostingRegressor])
def test_boosted_numbers(kind: Any) -> None:
    x, y = load_diabetes(return_X_y=True)
    model = kind(max_depth=3, random_state=0).fit(x[:300], y[:300])
    graph = lapel.load(model, x[:300])
    (scale,) = graph.tensors[graph.outputs[0]].type.quant.scale  # type: ignore[union-attr]
    count = len(trees(graph.instance(graph.nodes[0])).roots)
    x = x[300:].astype(np.float32).astype(np.float64)
    error = np.abs(np.asarray(lapel.predict(graph, x)).reshape(-1) - model.predict(x)).max()
    assert error <= (count + 1) / 2 * scale * 1.001


def test_boosting_that_cannot_be_taken_is_named() -> None:
    x, y = load_diabetes(return_X_y=True)
    with pytest.raises(UnsupportedModel, match="begins with what a DecisionTreeRegressor says, expected a constant"):
        lapel.load(GradientBoostingRegressor(init=DecisionTreeRegressor()).fit(x, y), x)
    with pytest.raises(UnsupportedModel, match="loss is 'poisson', expected one of 'squared_error'"):
        lapel.load(HistGradientBoostingRegressor(loss="poisson", max_iter=2).fit(x, y), x)
    with pytest.raises(UnsupportedModel, match="has 1 categorical features, expected numbers"):
        lapel.load(HistGradientBoostingRegressor(categorical_features=[1], max_iter=2).fit(x, y), x)


@pytest.mark.parametrize("kind", [RandomForestClassifier, HistGradientBoostingClassifier])
def test_values_that_are_missing(kind: Any) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    holed = np.where(np.random.default_rng(0).random(x.shape) < 0.2, np.nan, x).astype(np.float32)
    few = {"max_iter": 6} if "Hist" in kind.__name__ else {"n_estimators": 6}
    model = kind(max_depth=4, random_state=0, **few).fit(holed, y)
    graph = lapel.load(model, holed)
    assert graph.origin.missing and graph.tensors["nodes"].type.shape[1] == 4
    scores = graph.origin.scores(holed)
    want = model.predict_proba(holed) if scores.shape[1] > 1 else model.decision_function(holed)[:, None]
    np.testing.assert_allclose(scores, want, atol=1e-6)
    assert (np.asarray(lapel.predict(graph, holed)) == model.predict(holed)).mean() > 0.99
    assert lapel.run(graph, "cortex-m0plus", holed[:4]).bit_exact
    with pytest.raises(InputError, match=r"has 3[0-9,]* NaN or infinite values"):
        lapel.load(GradientBoostingClassifier(n_estimators=2).fit(x, y), holed)


@pytest.mark.parametrize("more", [{}, {"contamination": 0.1, "max_features": 0.5, "max_samples": 64}])
def test_outliers_by_the_lengths_of_paths(more: dict[str, Any]) -> None:
    x, _ = load_breast_cancer(return_X_y=True)
    forest = IsolationForest(n_estimators=20, random_state=0, **more)
    model = make_pipeline(StandardScaler(), forest).fit(x[:400])
    graph = lapel.load(model, x[:400])
    assert graph.origin.classes == (-1, 1)
    unit = mean_path(np.array([float(forest._max_samples)]))[0]
    lengths = graph.origin.scores(x[400:])[:, 0] - unit * np.log2(-forest.offset_)
    np.testing.assert_allclose(-(2 ** (-lengths / unit)), forest.score_samples(model[0].transform(x[400:])), rtol=1e-9)
    assert (np.asarray(lapel.predict(graph, x[400:])) == model.predict(x[400:])).mean() > 0.99
