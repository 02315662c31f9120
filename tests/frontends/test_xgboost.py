"""XGBoost's saved models: every decision is that of the library, at the thresholds, too, and so are the sums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import check_sums, classes_agree, edges
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel.errors import FormatError, InputError, LapelError, UnsupportedModel, UsageError
from lapel.frontends.xgboost.model import CLASSES, NUMBERS

xgboost = pytest.importorskip("xgboost")

FEW = {"nthread": 1, "max_depth": 3, "seed": 0}


def trained(objective: str, **more: Any) -> tuple[Any, np.ndarray]:
    x, y = load_iris(return_X_y=True) if objective.startswith("multi") else load_breast_cancer(return_X_y=True)
    if objective.startswith(("reg", "rank")):
        x, y = load_diabetes(return_X_y=True)
    asked = FEW | {"objective": objective} | more
    given = {}
    if objective.startswith("multi"):
        asked["num_class"] = 3
    if objective.startswith("rank"):
        y, given = (y > 140).astype(int), {"group": [len(y)]}
    if "quantile" in objective:
        asked["quantile_alpha"] = 0.3
    return xgboost.train(asked, xgboost.DMatrix(x, y, **given), 6), x


def margins(booster: Any, x: np.ndarray) -> np.ndarray:
    return np.asarray(booster.predict(xgboost.DMatrix(x), output_margin=True), np.float64).reshape(len(x), -1)


@pytest.mark.parametrize("objective", [*CLASSES, *NUMBERS])
def test_every_objective(objective: str, tmp_path: Path) -> None:
    booster, x = trained(objective)
    path = tmp_path / "m.json"
    booster.save_model(path)
    graph = lapel.load(path)
    assert graph.name == "m" and graph.tensors[graph.inputs[0]].type.dtype == "float32"
    rows = edges(graph, x)
    want = margins(booster, rows)
    check_sums(graph, rows, want, slack=1e-6 * np.abs(want).max())
    if objective in CLASSES:
        best = want.argmax(axis=1) if want.shape[1] > 1 else (want[:, 0] > 0).astype(int)
        assert classes_agree(graph, rows, best) > 0.99
        assert graph.origin.classes == tuple(range(max(want.shape[1], 2)))
    else:
        assert graph.origin.task == "regression"


@pytest.mark.parametrize(
    "more", [{"booster": "dart", "rate_drop": 0.5}, {"num_parallel_tree": 3, "subsample": 0.5}, {"base_score": 0.2}]
)
def test_boosters_and_starts(more: dict[str, Any]) -> None:
    booster, x = trained("binary:logistic", **more)
    graph = lapel.load(booster, name="m")
    rows = edges(graph, x)
    check_sums(graph, rows, margins(booster, rows), slack=1e-5)


def test_binary_json_is_the_same_model(tmp_path: Path) -> None:
    booster, _ = trained("multi:softprob")
    graphs = []
    for suffix in ("json", "ubj"):
        booster.save_model(tmp_path / f"m.{suffix}")
        graphs.append(lapel.load(tmp_path / f"m.{suffix}"))
    assert graphs[0].digest() == graphs[1].digest()
    data = (tmp_path / "m.ubj").read_bytes()
    for cut in (20, len(data) // 2, len(data) - 1):
        with pytest.raises(FormatError, match="expected all of a UBJSON file"):
            lapel.load(data[:cut])


def test_samples_say_what_the_input_holds(tmp_path: Path) -> None:
    x, y = load_digits(return_X_y=True)
    model = xgboost.XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1, random_state=0).fit(x[:900], y[:900])
    model.save_model(tmp_path / "m.json")
    for graph in (lapel.load(tmp_path / "m.json", x[:900]), lapel.load(model, x[:900])):
        assert graph.tensors[graph.inputs[0]].type.dtype == "int8"
        assert graph.origin.agreement is not None and graph.origin.agreement.share > 0.99
        assert classes_agree(graph, x[900:], model.predict(x[900:])) > 0.99
        check_sums(graph, x[900:], model.predict(x[900:], output_margin=True), slack=1e-5)
    with pytest.raises(InputError, match=r"calibration data is \[5, 3\], expected \[n, 64\]"):
        lapel.load(tmp_path / "m.json", x[:5, :3])


def holed(x: np.ndarray) -> np.ndarray:
    """With values that are missing, more of them where the first feature is large."""
    rng = np.random.default_rng(0)
    return np.where(rng.random(x.shape) < 0.1 + 0.2 * (x[:, :1] > np.median(x[:, 0])), np.nan, x)


def test_values_that_are_missing() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    booster = xgboost.train(FEW | {"objective": "binary:logistic"}, xgboost.DMatrix(holed(x), y), 6)
    graph = lapel.load(booster)
    assert graph.tensors["nodes"].type.shape[1] == 4 and graph.origin.missing
    nodes = graph.tensors["nodes"].data
    assert nodes is not None and 0 < nodes[:, 3].sum() < len(nodes)
    rows = edges(graph, x)
    rows[0], rows[1] = np.nan, -np.float32(np.nan)
    check_sums(graph, rows, margins(booster, rows), slack=1e-5)
    for core in ("cortex-m0plus", "atmega328p"):
        assert lapel.run(graph, core, rows[:6]).bit_exact
    model = xgboost.XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1).fit(holed(x), y)
    graph = lapel.load(model, holed(x))
    assert classes_agree(graph, holed(x), model.predict(holed(x))) > 0.99
    with pytest.raises(InputError, match="calibration data has NaN, which int8 cannot hold: use input='float'"):
        lapel.from_sklearn(model, holed(x), input="int8")


def test_scalers_before_it_are_in_the_thresholds() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    booster = xgboost.XGBClassifier(n_estimators=4, max_depth=3, n_jobs=1, random_state=0)
    model = make_pipeline(StandardScaler(), booster).fit(x, y)
    graph = lapel.load(model, x)
    rows = edges(graph, x)
    want = booster.predict(model[0].transform(rows.astype(np.float64)), output_margin=True)
    check_sums(graph, rows, want, slack=1e-5)


def test_trees_up_to_the_best_iteration(tmp_path: Path) -> None:
    x, y = load_breast_cancer(return_X_y=True)
    model = xgboost.XGBClassifier(
        n_estimators=40, max_depth=2, n_jobs=1, learning_rate=1.0, early_stopping_rounds=3, random_state=0
    ).fit(x[:300], y[:300], eval_set=[(x[300:], y[300:])], verbose=False)
    want = model.predict(x, output_margin=True)
    model.save_model(tmp_path / "m.json")
    check_sums(lapel.load(model, x), x.astype(np.float32), want, slack=1e-5)
    check_sums(lapel.load(tmp_path / "m.json"), x.astype(np.float32), want, slack=1e-5)
    graph = lapel.load(model.get_booster())
    check_sums(graph, x.astype(np.float32), margins(model.get_booster(), x), slack=1e-5)
    (said,) = graph.origin.warnings
    assert said.startswith(f"the file notes {model.best_iteration + 1} rounds as the best, and all")


def test_a_file_on_the_chip(tmp_path: Path) -> None:
    booster, x = trained("binary:logistic")
    booster.save_model(tmp_path / "m.json")
    graph = lapel.load(tmp_path / "m.json")
    assert lapel.run(graph, "cortex-m0plus", edges(graph, x, 4)).bit_exact


def saved(objective: str = "binary:logistic", **more: Any) -> dict[str, Any]:
    booster, _ = trained(objective, **more)
    return dict(json.loads(bytes(booster.save_raw("json"))))


def test_what_is_refused_is_named() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    for objective, more, said in [
        ("count:poisson", {}, "its objective is 'count:poisson', expected one whose sums are scores or numbers"),
        ("reg:logistic", {}, "its objective is 'reg:logistic'"),
        ("binary:logistic", {"booster": "gblinear"}, "its booster is 'gblinear', expected 'gbtree' or 'dart'"),
    ]:
        booster = xgboost.train({"objective": objective, **more}, xgboost.DMatrix(x, y), 1)
        with pytest.raises(UnsupportedModel, match=said):
            lapel.load(booster)
    kinds = ["c", *["q"] * (x.shape[1] - 1)]
    table = xgboost.DMatrix(np.c_[y * 2 + (x[:, 0] > 14), x[:, 1:]], y, feature_types=kinds, enable_categorical=True)
    with pytest.raises(UnsupportedModel, match="has splits by category of features 0, expected numbers"):
        lapel.load(xgboost.train({"max_cat_to_onehot": 1}, table, 1))
    both = xgboost.train({"multi_strategy": "multi_output_tree"}, xgboost.DMatrix(x, np.stack([y, 1 - y], 1)), 1)
    with pytest.raises(UnsupportedModel, match="its leaves have a number for each output"):
        lapel.load(both)
    with pytest.raises(UnsupportedModel, match=r"takes 0 for missing, expected NaN: train with missing=nan"):
        lapel.load(xgboost.XGBClassifier(missing=0), x)
    with pytest.raises(InputError, match="XGBClassifier is not fitted, expected a fitted one: call fit first"):
        lapel.load(xgboost.XGBClassifier(), x)
    with pytest.raises(UnsupportedModel, match="it is a dump, which has no start of the sums"):
        lapel.load(b"booster[0]:\n" + trained("binary:logistic")[0].get_dump()[0].encode())
    with pytest.raises(UsageError, match="found a bytes, which needs neither"):
        lapel.load(b"\x1c\0\0\0TFL3", x)


def change(found: dict[str, Any], *way: Any, value: Any) -> bytes:
    at: Any = found
    for name in way[:-1]:
        at = at[name]
    at[way[-1]] = value
    return json.dumps(found).encode()


TREE = ("learner", "gradient_booster", "model", "trees", 0)


@pytest.mark.parametrize(
    ("way", "value", "error", "said"),
    [
        (("version",), [4, 0, 0], UnsupportedModel, "its version is 4.0.0, expected 1 to 3"),
        ((*TREE, "left_children", 0), 10**6, FormatError, "tree 0: found children that are no nodes, or"),
        ((*TREE, "left_children", 0), 0, FormatError, "tree 0: found children that are no nodes, or have two parents"),
        ((*TREE, "split_indices", 0), 30, FormatError, r"tree 0: found feature 30, expected 0\.\.29"),
        ((*TREE, "split_conditions"), [1.0], FormatError, "tree 0: found arrays of 1, "),
        ((*TREE, "split_conditions"), "no", FormatError, "split_conditions: found 'no', expected a list of numbers"),
        ((*TREE, "split_conditions", 0), float("nan"), FormatError, "a threshold or leaf that is no number"),
        (("learner", "learner_model_param", "base_score"), "[1, 2, 3]", FormatError, "expected a number, or 1"),
        (("learner", "learner_model_param", "base_score"), "1.5", FormatError, "expected a probability"),
        (("learner", "learner_model_param", "num_feature"), "x", FormatError, "num_feature: found 'x', expected a"),
        (("learner", "objective"), {}, FormatError, "learner, objective: found no 'name', expected a rec"),
        (("learner", "gradient_booster", "model", "tree_info"), [0], FormatError, "found 1 outputs of 6 trees"),
    ],
)
def test_damage_is_named(way: tuple[Any, ...], value: Any, error: type[LapelError], said: str) -> None:
    with pytest.raises(error, match=said):
        lapel.load(change(saved(), *way, value=value), name="m")


def test_a_file_that_is_cut_off_is_damaged() -> None:
    data = json.dumps(saved()).encode()
    with pytest.raises(FormatError, match="found damaged JSON"):
        lapel.load(data[: len(data) // 2])
