"""The float model beside ours: kept accuracy on scikit-learn's data, and a loss that nobody can overlook."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel.errors import InputError
from lapel.frontends.sklearn.quantize import feature_ranges
from lapel.ir import Graph, Origin
from lapel.ops import evaluate
from oracle import run_tflite_micro

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")

WINE, KINDS = load_wine(return_X_y=True)


def pattern(x: np.ndarray, y: np.ndarray, **options: Any) -> Any:
    """The guide's own: scaled features and a small perceptron."""
    network = MLPClassifier((16,), max_iter=150, learning_rate_init=0.01, random_state=0, **options)
    return make_pipeline(StandardScaler(), network).fit(x, y)


@pytest.fixture(scope="module")
def wine() -> Any:
    return pattern(WINE, KINDS)


def test_features_of_unlike_range_keep_the_accuracy(wine: Any) -> None:
    graph = lapel.load(wine, WINE, name="wine")
    assert graph.tensors["features"].type.dtype == "float32"
    for target in ("host", "cortex-m4"):
        result = lapel.run(graph, target, WINE, labels=KINDS)
        assert result.bit_exact and result.warnings == ()
        assert result.accuracy == result.float_accuracy == wine.score(WINE, KINDS) == 1.0
        assert result.loss == 0.0 and result.inputs[0].saturated == 0.0


def test_one_scale_for_such_features_is_loud_in_every_result(wine: Any, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph = lapel.from_sklearn(wine, WINE, input="int8")
        result = lapel.run(graph, "host", WINE, labels=KINDS)
        built = lapel.build(graph, "host", tmp_path / "o")
    assert result.accuracy is not None and result.accuracy < 0.7 and result.float_accuracy == 1.0
    assert result.loss == pytest.approx(1.0 - result.accuracy)
    by_calibration, by_labels = result.warnings
    assert "of 178 calibration samples get another class than from the float model, expected at most" in by_calibration
    assert f"accuracy is {100 * result.loss:.2f} points below the float model's: " in by_labels
    assert built.warnings == (by_calibration,)
    assert result.to_json()["warnings"] == list(result.warnings) and built.to_json()["warnings"] == [by_calibration]
    assert "2 warnings" in repr(result) and f"warning: {by_calibration}" in repr(built)


@pytest.mark.parametrize("load", [load_breast_cancer, load_diabetes])
def test_other_data_keep_it_too(load: Any) -> None:
    x, y = load(return_X_y=True)
    if load is load_diabetes:
        network = MLPRegressor(hidden_layer_sizes=(16,), max_iter=300, learning_rate_init=0.05, random_state=0)
        model = make_pipeline(StandardScaler(), network).fit(x, y)
    else:
        model = pattern(x, y)
    result = lapel.run(lapel.load(model, x), "host", x, labels=y)
    assert result.loss is not None and result.loss <= 0.01 and result.warnings == ()
    assert result.float_score is not None and result.float_score.share == pytest.approx(model.score(x, y))


def test_float_features_are_computed_as_tflite_micro_does(wine: Any) -> None:
    graph = lapel.from_sklearn(wine, WINE, input="float")
    model = lapel.write_tflite(graph)
    again = lapel.load(model)
    assert [n.op for n in again.nodes] == ["floatsub", "floatmul", "quantize", "dense", "dense"]
    assert lapel.diff(again, "host", WINE[:3]).equal
    rows = np.concatenate([WINE[::20], WINE[:1] * 100, -WINE[:1]]).astype(np.float32)
    for row in rows:
        out = evaluate(again, {again.inputs[0]: row[None]})[again.outputs[0]]
        assert (run_tflite_micro(model, [row[None]])[0] == out).all()


def test_values_beyond_the_calibrated_range_of_a_float_input_are_counted(wine: Any) -> None:
    graph, x = lapel.load(wine, WINE), WINE.copy()
    x[:, 3] += 1000
    result = lapel.run(graph, "host", x, labels=KINDS)
    assert result.inputs[0].saturated == pytest.approx(1 / 13)
    assert any("input 'features': 7.7 % of the values are beyond its range" in w for w in result.warnings)


def test_constant_and_extreme_features_have_a_range() -> None:
    data = np.array([[0.0, 5.0, 1e20, 3.0, -1e-30], [0.0, 5.0, -1e20, 3.0 + 1e-12, 1e-30]])
    centre, slope = feature_ranges(data)
    assert np.isfinite(slope).all() and (slope > 0).all() and centre.dtype == slope.dtype == np.float32
    scaled = (data - centre) * slope
    assert np.abs(scaled[:, [2]]).max() == pytest.approx(127) and np.abs(scaled).max() <= 127.001
    with pytest.raises(InputError, match=r"reaches 1e\+31, expected at most 1e\+30: scale it"):
        lapel.load(MLPClassifier((2,), max_iter=2).fit(WINE, KINDS), np.full((2, 13), 1e31))


def test_outputs_of_a_float_model_are_shown_beside_a_file_s(wine: Any) -> None:
    file = replace(lapel.from_sklearn(wine, WINE, input="int8"), origin=Origin())
    floats = wine.predict_proba(WINE)
    for said in (floats, wine.predict(WINE), pandas.DataFrame(floats), wine.predict(WINE)[:, None]):
        result = lapel.run(file, "host", WINE, labels=KINDS, float_outputs=said)
        assert result.float_accuracy == 1.0 and any("points below the float model's" in w for w in result.warnings)
    with pytest.raises(InputError, match=r"float outputs are float64\[178, 2\], expected \[178, 3\], or a class each"):
        lapel.run(file, "host", WINE, float_outputs=floats[:, :2])
    with pytest.raises(InputError, match="float outputs were given without samples"):
        lapel.run(file, "host", float_outputs=floats)


def agreement(graph: Graph, **options: Any) -> tuple[Any, str]:
    result = lapel.run(graph, "host", WINE, **options)
    return result.float_agreement, " ".join(result.warnings)


def test_without_labels_classes_or_numbers_are_compared(wine: Any) -> None:
    graph = lapel.from_sklearn(wine, WINE, input="int8")
    share, said = agreement(graph)
    assert share.accuracy == (lapel.predict(graph, WINE) == wine.predict(WINE)).mean()
    assert "of the samples get another class than from the float model, expected at most 1 %: quantize" in said
    share, said = agreement(replace(graph, origin=Origin()), float_outputs=wine.predict_proba(WINE))
    assert share.accuracy is None and share.r2 < 0.9 and "R² against the float model's outputs is" in said
    unknown = replace(lapel.from_sklearn(wine, WINE, output="probabilities"), origin=Origin())
    share, said = agreement(unknown, float_outputs=wine.predict_proba(WINE))
    assert share.accuracy == 1.0 and said == ""
