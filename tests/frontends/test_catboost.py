"""CatBoost's saved models: files kept with what the library said of them, and the library where it is installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from boosted import check_sums, classes_agree, edges
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel.errors import FormatError, InputError, LapelError, UnsupportedModel
from lapel.frontends.catboost import CLASSES

KEPT = Path(__file__).parent / "catboost_files"
FEW = {"verbose": 0, "thread_count": 1, "allow_writing_files": False, "iterations": 4, "depth": 4, "random_seed": 0}


@pytest.mark.parametrize("name", ["oblivious", "lossguide"])
def test_a_file_says_what_the_library_said(name: str) -> None:
    graph = lapel.load(KEPT / f"{name}.json")
    said = json.loads((KEPT / f"{name}_said.json").read_text())
    rows, want = np.array(said["rows"], np.float32), np.array(said["raw"])
    assert len(rows) >= 100
    check_sums(graph, rows, want)
    assert graph.origin.classes == tuple(said["classes"])
    ordered = np.sort(want, axis=1) if want.ndim == 2 else np.c_[np.zeros(len(want)), np.abs(want)]
    clear = ordered[:, -1] - ordered[:, -2] > 0.001  # of scores that are equal the roundings decide
    assert clear.sum() > 100
    assert classes_agree(graph, rows[clear], np.array(said["predicted"])[clear]) == 1.0


def test_a_file_on_the_chip() -> None:
    graph = lapel.load(KEPT / "oblivious.json")
    said = json.loads((KEPT / "oblivious_said.json").read_text())
    assert lapel.run(graph, "cortex-m0plus", np.array(said["rows"][:4], np.float32)).bit_exact


def change(*way: Any, value: Any) -> bytes:
    found = json.loads((KEPT / "oblivious.json").read_text())
    at = found
    for name in way[:-1]:
        at = at[name]
    at[way[-1]] = value
    return json.dumps(found).encode()


TREE = ("oblivious_trees", 0)


@pytest.mark.parametrize(
    ("way", "value", "error", "said"),
    [
        (("model_info", "catboost_version_info"), "CatBoost release 3.1", UnsupportedModel, "it is of CatBoost rel"),
        (("model_info", "params", "loss_function", "type"), "Poisson", UnsupportedModel, "its loss is 'Poisson'"),
        (("features_info", "categorical_features"), [{}], UnsupportedModel, "has 1 categorical features, expected"),
        (("model_info", "binclass_probability_threshold"), 0.3, UnsupportedModel, "from a probability of 0.3 on"),
        ((*TREE, "splits", 0, "split_type"), "OneHotFeature", UnsupportedModel, "has splits of type 'OneHotFeature'"),
        ((*TREE, "leaf_values"), [1.0], FormatError, "found 1 leaf values, expected"),
        ((*TREE, "splits", 0, "float_feature_index"), 4, FormatError, r"found feature 4, expected 0\.\.3"),
        ((*TREE, "splits"), [{}] * 17, FormatError, "splits 0: found no 'split_type'"),
        ((*TREE, "splits", 0, "border"), "x", FormatError, "found .'x'., expected a list of numbers"),
        (("scale_and_bias",), [1], FormatError, "found 1 values, expected a scale and biases"),
    ],
)
def test_damage_is_named(way: tuple[Any, ...], value: Any, error: type[LapelError], said: str) -> None:
    with pytest.raises(error, match=said):
        lapel.load(change(*way, value=value), name="m")


def test_the_binary_is_refused() -> None:
    with pytest.raises(UnsupportedModel, match="it is CatBoost's own binary, expected JSON: save_model"):
        lapel.load(b"CBM1" + bytes(32))


def test_every_loss_of_the_library(tmp_path: Path) -> None:
    catboost = pytest.importorskip("catboost")
    for loss in (*CLASSES, "RMSE", "MAE", "Quantile", "LogCosh", "Lq:q=2", "MAPE", "MultiRMSE"):
        x, y = load_breast_cancer(return_X_y=True) if loss in CLASSES[:2] else load_iris(return_X_y=True)
        if loss not in CLASSES:
            x, y = load_diabetes(return_X_y=True)
        kind = catboost.CatBoostClassifier if loss in CLASSES else catboost.CatBoostRegressor
        for policy in ("SymmetricTree", "Depthwise"):
            model = kind(loss_function=loss, grow_policy=policy, **FEW)
            model.fit(x, np.stack([y, -y], 1) if loss == "MultiRMSE" else y)
            model.save_model(tmp_path / "m.json", format="json")
            graph = lapel.load(tmp_path / "m.json")
            rows = edges(graph, x)
            check_sums(graph, rows, model.predict(rows, prediction_type="RawFormulaVal"))


def test_estimators_bring_their_classes_and_scalers() -> None:
    catboost = pytest.importorskip("catboost")
    x, y = load_digits(return_X_y=True)
    names = np.array(list("abcdefghij"))
    model = make_pipeline(StandardScaler(), catboost.CatBoostClassifier(**FEW)).fit(x, names[y])
    graph = lapel.load(model, x)
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8" and graph.origin.classes == tuple(names)
    assert classes_agree(graph, x, model.predict(x).reshape(-1)) > 0.99
    with pytest.raises(InputError, match="CatBoostClassifier is not fitted, expected a fitted one: call fit first"):
        lapel.load(catboost.CatBoostClassifier(), x)


def keep() -> None:
    """Write the kept files: python tests/frontends/test_catboost.py, with lapel[test-catboost]."""
    import catboost

    rng = np.random.default_rng(0)
    KEPT.mkdir(exist_ok=True)
    for name, policy, (x, y), labels in [
        ("oblivious", "SymmetricTree", load_iris(return_X_y=True), [0, 1, 2]),
        ("lossguide", "Lossguide", load_breast_cancer(return_X_y=True), ["bad", "good"]),
    ]:
        asked = FEW | {"depth": 3, "grow_policy": policy} | ({"max_leaves": 6} if policy == "Lossguide" else {})
        model = catboost.CatBoostClassifier(**asked).fit(x, np.array(labels)[y])
        model.save_model(KEPT / f"{name}.json", format="json")
        rows = np.concatenate([edges(lapel.load(KEPT / f"{name}.json"), x, 100), x[rng.permutation(len(x))[:20]]])
        raw = model.predict(rows, prediction_type="RawFormulaVal")
        said = {"rows": rows.astype(np.float32).tolist(), "raw": raw.tolist(), "classes": labels}
        said["predicted"] = model.predict(rows).reshape(-1).tolist()
        (KEPT / f"{name}_said.json").write_text(json.dumps(said) + "\n")


if __name__ == "__main__":
    sys.exit(keep())
