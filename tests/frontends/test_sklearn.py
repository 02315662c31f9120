"""Perceptrons from scikit-learn: accuracy kept, bits equal to TFLite Micro's, and what is refused."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import VotingClassifier
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PolynomialFeatures,
    RobustScaler,
    StandardScaler,
)

from lapel.errors import InputError, MissingTool, UnsupportedModel, UsageError
from lapel.frontends.sklearn import from_sklearn
from lapel.frontends.tflite import write_tflite
from lapel.ir import Graph
from lapel.ir.op import lowerable
from lapel.ops import evaluate, registry
from lapel.proving.samples import quantize
from oracle import run_tflite_micro

pytestmark = pytest.mark.filterwarnings("ignore:Stochastic Optimizer")


def outputs(graph: Graph, x: np.ndarray) -> np.ndarray:
    """Real outputs of the reference for real inputs; the first few are checked against the oracle."""
    for node in graph.nodes:
        assert lowerable(registry()[node.op], graph.instance(node)) == []
    model, rows = write_tflite(graph), []
    t, y = (graph.tensors[n].type for n in (graph.inputs[0], graph.outputs[0]))
    q = x.astype(np.float32) if t.quant is None else quantize(graph.inputs[0], t, x)
    for k, row in enumerate(q):
        out = evaluate(graph, {graph.inputs[0]: row[None]})[graph.outputs[0]]
        if k < 10:
            assert (run_tflite_micro(model, [row[None]])[0] == out).all()
        rows.append((out[0].astype(np.int64) - y.zero) * y.scale)
    return np.array(rows)


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, ...]:
    x, y = load_digits(return_X_y=True)
    return x[:1200], y[:1200], x[1200:], y[1200:]


@pytest.mark.parametrize("activation", ["relu", "tanh", "logistic", "identity"])
@pytest.mark.parametrize("scaler", [None, StandardScaler, MinMaxScaler])
def test_digits_keep_their_accuracy(digits: tuple[np.ndarray, ...], activation: str, scaler: Any) -> None:
    x, y, x_test, y_test = digits
    mlp = MLPClassifier((32,), activation=activation, max_iter=100, random_state=0)
    model = make_pipeline(scaler(), mlp) if scaler else mlp
    model.fit(x, y)
    out = outputs(from_sklearn(model, x), x_test)
    assert (out.argmax(axis=1) == y_test).mean() >= model.score(x_test, y_test) - 0.01


def test_probabilities(digits: tuple[np.ndarray, ...]) -> None:
    x, y, x_test, _ = digits
    model = MLPClassifier((32,), max_iter=50, random_state=0).fit(x, y)
    out = outputs(from_sklearn(model, x, output="probabilities"), x_test)
    assert np.abs(out - model.predict_proba(x_test)).mean() < 0.01


def test_binary_probabilities() -> None:
    x, y = load_iris(return_X_y=True)
    model = MLPClassifier((8,), max_iter=500, random_state=0).fit(x, y == 2)
    out = outputs(from_sklearn(model, x, output="probabilities"), x)
    assert np.abs(out[:, 0] - model.predict_proba(x)[:, 1]).max() < 0.06


@pytest.mark.parametrize("kind", ["auto", "int8", "float", "scaled"])
def test_scalers_in_sequence_and_a_regressor(kind: Any) -> None:
    x, y = load_iris(return_X_y=True)
    scalers = StandardScaler(with_std=False), RobustScaler(with_centering=False), MaxAbsScaler()
    model = make_pipeline(
        *scalers, "passthrough", MLPRegressor(hidden_layer_sizes=(16, 8), max_iter=500, random_state=0)
    )
    model.fit(x, y)
    given = model[:-1].transform(x) if kind == "scaled" else x
    out = outputs(from_sklearn(model, x, input=kind), given)
    assert np.sqrt(np.mean((out[:, 0] - model.predict(x)) ** 2)) < 0.05


def test_constant_features_and_dead_outputs_are_quantized() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, 3))
    x[:, 1] = 0.0
    model = MLPRegressor(hidden_layer_sizes=(4,), max_iter=20, random_state=0).fit(x, x[:, 0])
    model.coefs_[0][:, 0] = 0.0
    model.intercepts_[0][0] = 3.0
    out = outputs(from_sklearn(model, x), x)
    assert np.abs(out[:, 0] - model.predict(x)).max() < 0.1


def test_features_of_unlike_range_are_scaled_one_by_one() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(200, 2)) * [1e4, 1.0]
    model = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(8,), random_state=0)).fit(x, x[:, 1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        plain, chosen, scaled = (from_sklearn(model, x, input=i) for i in ("int8", "auto", "scaled"))
    assert plain.tensors["features"].type.dtype == "int8" and chosen.tensors["features"].type.dtype == "float32"
    assert chosen.origin.warnings == scaled.origin.warnings == ()
    (said,) = plain.origin.warnings
    assert re.search(r"in int8 \d+\.\d % of the variance of the outputs is lost on 200 cal.*input=\"auto\"", said)
    assert np.sqrt(np.mean((outputs(chosen, x)[:, 0] - model.predict(x)) ** 2)) < 0.05


def fitted() -> MLPClassifier:
    rng = np.random.default_rng(0)
    return MLPClassifier((2,), max_iter=2).fit(rng.normal(size=(20, 3)), [0, 1] * 10)


def test_every_problem_is_listed() -> None:
    model = make_pipeline(PolynomialFeatures(), MinMaxScaler(clip=True), MLPRegressor(activation="sine"))
    with pytest.raises(UnsupportedModel) as e:
        from_sklearn(model, np.zeros((2, 3)), output="probabilities")
    assert e.value.problems == (
        "step PolynomialFeatures is not affine, expected MaxAbsScaler, MinMaxScaler, PCA, "
        "RobustScaler, StandardScaler: apply it to the data before the model",
        "step MinMaxScaler has clip=True, which is not affine: use clip=False",
        "hidden activation is 'sine', expected one of identity, relu, tanh, logistic",
        "MLPRegressor has no probabilities, expected one that does: use output='logits'",
    )


def test_other_estimators_are_refused() -> None:
    with pytest.raises(UnsupportedModel, match=r"is VotingClassifier, expected one of .*LinearRegression, "):
        from_sklearn(VotingClassifier([]), np.zeros((2, 3)))


def test_unfitted_estimators_are_refused() -> None:
    with pytest.raises(InputError, match=r"Pipeline: StandardScaler is not fitted.*call fit first"):
        from_sklearn(make_pipeline(StandardScaler(), MLPClassifier()), np.zeros((2, 3)))


def test_an_unknown_output_is_refused() -> None:
    with pytest.raises(UsageError, match="output is 'classes', expected 'logits' or 'probabilities'"):
        from_sklearn(fitted(), np.zeros((2, 3)), output="classes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (np.zeros((2, 4)), r"calibration data is \[2, 4\], expected \[n, 3\]"),
        (np.zeros((0, 3)), r"calibration data is \[0, 3\]"),
        (np.array([[0.0, np.nan, 1.0]]), r"1 NaN or infinite values, the first at \[0, 1\]"),
        ([["a", "b", "c"]], "calibration data is not numeric"),
    ],
)
def test_bad_calibration_data_is_refused(data: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_sklearn(fitted(), data)


def test_a_missing_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn.exceptions", None)
    with pytest.raises(MissingTool, match=r'pip install "lapel\[sklearn\]"'):
        from_sklearn(object(), np.zeros((2, 3)))
