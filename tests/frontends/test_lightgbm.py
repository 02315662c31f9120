"""LightGBM's saved models: every decision is that of the library, at the thresholds, too, and so are the sums."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import check_sums, classes_agree, edges
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

import lapel
from lapel.errors import FormatError, InputError, LapelError, UnsupportedModel
from lapel.frontends.lightgbm import CLASSES, NUMBERS

lightgbm = pytest.importorskip("lightgbm")

FEW = {"num_threads": 1, "num_leaves": 8, "verbose": -1, "seed": 0}


def trained(objective: str, **more: Any) -> tuple[Any, np.ndarray]:
    x, y = load_iris(return_X_y=True) if objective.startswith("multi") else load_breast_cancer(return_X_y=True)
    if objective in NUMBERS:
        x, y = load_diabetes(return_X_y=True)
    asked, given = FEW | {"objective": objective} | more, {}
    if objective.startswith("multi"):
        asked["num_class"] = 3
    if "rank" in objective:
        y, given = (y > 140).astype(int), {"group": [len(y)]}
    return lightgbm.train(asked, lightgbm.Dataset(x, y, **given), 6), x


@pytest.mark.parametrize("objective", [*CLASSES, *NUMBERS])
def test_every_objective(objective: str, tmp_path: Path) -> None:
    booster, x = trained(objective)
    booster.save_model(tmp_path / "m.txt")
    graph = lapel.load(tmp_path / "m.txt")
    assert graph.name == "m" and graph.tensors[graph.inputs[0]].type.dtype == "float32"
    rows = edges(graph, x)
    want = booster.predict(rows, raw_score=True).reshape(len(rows), -1)
    check_sums(graph, rows, want)
    if objective in CLASSES:
        best = want.argmax(axis=1) if want.shape[1] > 1 else (want[:, 0] > 0).astype(int)
        assert classes_agree(graph, rows, best) > 0.99
        assert graph.origin.classes == tuple(range(max(want.shape[1], 2)))
    else:
        assert graph.origin.task == "regression"
        np.testing.assert_allclose(booster.predict(rows), want.reshape(-1))


def test_a_random_forest_is_a_mean() -> None:
    booster, x = trained("binary", boosting="rf", bagging_freq=1, bagging_fraction=0.6)
    graph = lapel.load(booster)
    p = booster.predict(edges(graph, x))
    check_sums(graph, edges(graph, x), np.log(p / (1 - p)), slack=1e-9)


def test_estimators_bring_their_classes_and_scalers() -> None:
    x, y = load_digits(return_X_y=True)
    names = np.array([f"digit {k}" for k in range(10)])
    model = lightgbm.LGBMClassifier(n_estimators=4, num_leaves=8, n_jobs=1, verbose=-1).fit(x[:900], names[y[:900]])
    graph = lapel.load(model, x[:900])
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8" and graph.origin.classes == tuple(names)
    assert classes_agree(graph, x[900:], model.predict(x[900:])) > 0.99
    check_sums(graph, x[900:], model.predict(x[900:], raw_score=True))
    scaled = make_pipeline(MinMaxScaler(), lightgbm.LGBMRegressor(n_estimators=4, n_jobs=1, verbose=-1)).fit(x, y)
    check_sums(lapel.load(scaled, x), x, scaled.predict(x))
    with pytest.raises(InputError, match="LGBMClassifier is not fitted, expected a fitted one: call fit first"):
        lapel.load(lightgbm.LGBMClassifier(), x)


def test_samples_say_what_the_input_holds(tmp_path: Path) -> None:
    x, y = load_digits(return_X_y=True)
    booster = lightgbm.train(FEW | {"objective": "multiclass", "num_class": 10}, lightgbm.Dataset(x, y), 3)
    booster.save_model(tmp_path / "m.txt")
    graph = lapel.load(tmp_path / "m.txt", x)
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8"
    assert graph.origin.agreement is not None and graph.origin.agreement.share > 0.99
    check_sums(graph, x, booster.predict(x, raw_score=True))


def test_zeros_that_are_missing() -> None:
    """Where values near zero go to the side on which zero is, thresholds say the same; else they are refused."""
    x, y = load_breast_cancer(return_X_y=True)
    asked = FEW | {"objective": "binary", "zero_as_missing": True}
    apart = lightgbm.train(asked, lightgbm.Dataset(np.where(x > np.median(x, axis=0), x, 0), y), 4)
    with pytest.raises(UnsupportedModel, match="out of their order, expected zero_as_missing=False"):
        lapel.load(apart)
    signs = np.where(x > np.median(x, axis=0), 1.0, np.where(x > np.quantile(x, 0.3, axis=0), 0, -1.0))
    booster = lightgbm.train(asked | {"max_depth": 1}, lightgbm.Dataset(signs[:, :1], y), 1)
    text = booster.model_to_string()
    line = next(row for row in text.splitlines() if row.startswith("threshold="))
    for threshold, kind in (("1e-35", 4), ("1e-35", 6), ("-1e-36", 4), ("-1e-36", 6), ("0", 0), ("-1e-36", 0)):
        made = text.replace(line, f"threshold={threshold}").replace("decision_type=", f"decision_type={kind}#")
        made = "\n".join(row.split("#")[0] for row in made.splitlines())
        graph = lapel.load(made.encode())
        near = np.float32(1e-35)
        rows = np.array([-1, -near, -near / 2, -0.0, 0, near / 2, near, near * 2, 1], np.float32)[:, None]
        check_sums(graph, rows, lightgbm.Booster(model_str=made).predict(rows, raw_score=True))


def test_values_that_are_missing() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    holed = np.where(np.random.default_rng(0).random(x.shape) < 0.2, np.nan, x)
    booster = lightgbm.train(FEW | {"objective": "binary"}, lightgbm.Dataset(holed, y), 6)
    graph = lapel.load(booster)
    rows = edges(graph, x)
    rows[0], rows[1] = np.nan, -np.float32(np.nan)
    check_sums(graph, rows, booster.predict(rows, raw_score=True))
    assert lapel.run(graph, "cortex-m0plus", rows[:6]).bit_exact


def test_a_file_on_the_chip() -> None:
    booster, x = trained("multiclass")
    graph = lapel.load(booster, name="m")
    assert lapel.run(graph, "atmega328p", edges(graph, x, 4)).bit_exact


def test_what_is_refused_is_named() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    for more, said in [
        ({"objective": "poisson"}, "its objective is 'poisson', expected one whose sums are scores or numbers"),
        ({"objective": "regression", "reg_sqrt": True}, "its sums are square roots of the numbers"),
        ({"objective": "regression", "linear_tree": True}, "its leaves are linear models, expected numbers"),
    ]:
        booster = lightgbm.train(FEW | more, lightgbm.Dataset(x, y), 2)
        with pytest.raises(UnsupportedModel, match=said):
            lapel.load(booster)
    mixed = np.c_[y + 2 * (x[:, 0] > 14), x[:, 1:]]
    booster = lightgbm.train(FEW, lightgbm.Dataset(mixed, y, categorical_feature=[0]), 2)
    with pytest.raises(UnsupportedModel, match="has splits by category of features 0, expected numbers"):
        lapel.load(booster)
    dump = b'{"name": "tree", "max_feature_idx": 1, "tree_info": []}'
    with pytest.raises(UnsupportedModel, match="it is a dump in JSON, expected the text that save_model"):
        lapel.load(dump)


@pytest.mark.parametrize(
    ("old", "new", "error", "said"),
    [
        ("version=v4", "version=v9", UnsupportedModel, "its version is 'v9', expected v3 or v4"),
        ("end of trees", "", FormatError, "found no end of trees, expected all of a file"),
        ("left_child=", "left_child=99 ", FormatError, "tree 0: found 'left_child' of '99 "),
        ("num_leaves=8", "num_leaves=7", FormatError, "expected 6 numbers"),
        ("leaf_value=", "leaf_value=nan ", FormatError, "expected 8 numbers"),
        ("split_feature=", "feature=", FormatError, "tree 0: found no line 'split_feature', expected one"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=5", FormatError, "found 6 trees of 5 outputs"),
        ("\nTree=5\n", "\nTree 5\n", FormatError, "found 5 trees, expected 6, as its header says"),
        ("max_feature_idx=29", "max_feature_idx=1", FormatError, r"tree 0: found feature \d+, expected 0\.\.1"),
        ("objective=binary sigmoid:1\n", "", UnsupportedModel, "its objective is 'custom'"),
    ],
)
def test_damage_is_named(old: str, new: str, error: type[LapelError], said: str) -> None:
    text = trained("binary")[0].model_to_string()
    assert old in text
    with pytest.raises(error, match=said):
        lapel.load(text.replace(old, new, 1).encode(), name="m")


def test_children_that_are_no_tree() -> None:
    text = trained("binary")[0].model_to_string()
    line = next(row for row in text.splitlines() if row.startswith("left_child="))
    with pytest.raises(FormatError, match="tree 0: found children that are no nodes, or have two parents"):
        lapel.load(text.replace(line, "left_child=" + " ".join("0" * 7), 1).encode(), name="m")
