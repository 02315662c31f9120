"""Models of normal distributions: scores near scikit-learn's, decisions as its, all on the chip as in the reference."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.covariance import EllipticEnvelope
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.mixture import GaussianMixture
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel.errors import InputError, UnsupportedModel, UsageError
from lapel.ir import Graph
from lapel.ops import evaluate

KINDS = ("full", "tied", "diag", "spherical")


def drawn(load: Any) -> tuple[np.ndarray, np.ndarray]:
    x, y = load(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(x))
    return x[order], y[order]


def numbers(graph: Graph, x: np.ndarray) -> np.ndarray:
    """float64 [n, O] of float32 rows."""
    name, result = graph.inputs[0], graph.tensors[graph.outputs[0]].type
    rows = [evaluate(graph, {name: row[None].astype(np.float32)})[graph.outputs[0]][0] for row in x]
    return np.array(rows, np.float64) * result.scale


@pytest.mark.parametrize("scaled", [False, True])
@pytest.mark.parametrize("load", [load_iris, load_wine])
def test_naive_bayes(load: Any, scaled: bool) -> None:
    x, y = drawn(load)
    model = (make_pipeline(StandardScaler(), GaussianNB()) if scaled else GaussianNB()).fit(x[:100], y[:100])
    graph = lapel.load(model, x[:100])
    want = model.predict_joint_log_proba(x[100:]) if not scaled else None
    found = numbers(graph, x[100:])
    if want is not None:
        np.testing.assert_allclose(graph.origin.scores(x[100:]), want, rtol=1e-9)
    np.testing.assert_allclose(found, graph.origin.scores(x[100:]), rtol=0.02, atol=0.05)
    assert (np.asarray(lapel.predict(graph, x[100:])) == model.predict(x[100:])).all()


def test_whole_numbers_need_no_floats() -> None:
    x, y = drawn(load_digits)
    model = GaussianNB(var_smoothing=1e-3).fit(x[:1000], y[:1000])
    graph = lapel.load(model, x[:1000])
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8" and len(graph.nodes) == 1
    assert (np.asarray(lapel.predict(graph, x[1000:])) == model.predict(x[1000:])).mean() > 0.99


@pytest.mark.parametrize("kind", KINDS)
def test_components_of_a_mixture(kind: Any) -> None:
    x, _ = drawn(load_iris)
    model = GaussianMixture(3, covariance_type=kind, random_state=0).fit(x)
    graph = lapel.load(model, x)
    assert graph.origin.classes == (0, 1, 2)
    np.testing.assert_allclose(graph.origin.scores(x), model._estimate_weighted_log_prob(x), rtol=1e-9)
    np.testing.assert_allclose(numbers(graph, x), graph.origin.scores(x), rtol=0.02, atol=0.1)
    assert (np.asarray(lapel.predict(graph, x)) == model.predict(x)).all()


@pytest.mark.parametrize("kind", KINDS)
def test_outliers_of_a_mixture(kind: Any) -> None:
    x, _ = drawn(load_breast_cancer)
    x = x[:, :8]
    model = make_pipeline(StandardScaler(), GaussianMixture(2, covariance_type=kind, random_state=0)).fit(x[:400])
    graph = lapel.from_sklearn(model, x[:400], outliers=0.05)
    limit = np.quantile(model.score_samples(x[:400]), 0.05)
    np.testing.assert_allclose(graph.origin.scores(x)[:, 0], model.score_samples(x) - limit, rtol=1e-9, atol=1e-9)
    found = numbers(graph, x[400:])[:, 0]
    assert np.abs(found - (model.score_samples(x[400:]) - limit)).max() < 0.15 + 0.01 * np.abs(found).max()
    want = np.where(model.score_samples(x[400:]) > limit, 1, -1)
    assert (np.asarray(lapel.predict(graph, x[400:])) == want).mean() > 0.98
    assert graph.origin.classes == (-1, 1)


def test_an_ellipse() -> None:
    x, _ = drawn(load_wine)
    model = make_pipeline(StandardScaler(), EllipticEnvelope(contamination=0.1, random_state=0)).fit(x[:120])
    graph = lapel.load(model, x[:120])
    np.testing.assert_allclose(graph.origin.scores(x)[:, 0], model.decision_function(x), rtol=1e-6, atol=1e-6)
    assert (np.asarray(lapel.predict(graph, x)) == model.predict(x)).all()
    far = x[:3] * 50
    assert (np.asarray(lapel.predict(graph, far)) == -1).all()


@pytest.mark.parametrize("core", ["atmega328p", "cortex-m0plus", "rv32ec"])
def test_samples_on_the_chip(core: str) -> None:
    x, _ = drawn(load_iris)
    model = GaussianMixture(2, random_state=0).fit(x)
    assert lapel.run(lapel.from_sklearn(model, x, outliers=0.1), core, x[:4]).bit_exact


def test_what_cannot_be_taken_is_named() -> None:
    x, y = drawn(load_iris)
    with pytest.raises(InputError, match="GaussianNB is not fitted, expected a fitted one: call fit first"):
        lapel.load(GaussianNB(), x)
    with pytest.raises(UnsupportedModel, match="step PCA mixes features, expected scalers"):
        lapel.load(make_pipeline(PCA(2), GaussianNB()).fit(x, y), x)
    with pytest.raises(UnsupportedModel, match="GaussianNB has no probabilities"):
        lapel.from_sklearn(GaussianNB().fit(x, y), x, output="probabilities")
    with pytest.raises(UsageError, match="outliers was given, and GaussianNB has no such: leave it out"):
        lapel.from_sklearn(GaussianNB().fit(x, y), x, outliers=0.1)
    with pytest.raises(UsageError, match=r"outliers is 1\.5, expected a share between 0 and 1"):
        lapel.from_sklearn(GaussianMixture().fit(x), x, outliers=1.5)
    with pytest.raises(UsageError, match="input is 'scaled', and distributions fold scalers into themselves"):
        lapel.from_sklearn(GaussianNB().fit(x, y), x, input="scaled")
    model = EllipticEnvelope(random_state=0).fit(x)
    model.covariance_ = np.zeros((4, 4))
    with pytest.raises(UnsupportedModel, match="its covariance is singular, expected features that are independent"):
        lapel.load(model, x)
