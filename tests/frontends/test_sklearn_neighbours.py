"""Nearest neighbours within a budget of bytes: what is kept of them, what it says, and what is lost is told."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import lapel
from lapel.classical.size import constant_bytes
from lapel.errors import InputError, UnsupportedModel, UsageError
from lapel.frontends.sklearn.prototypes import Steps, condense


@pytest.mark.parametrize("budget", [600, 2048])
@pytest.mark.filterwarnings("ignore::lapel.errors.LapelWarning")
def test_digits_within_a_budget(budget: int) -> None:
    x, y = load_digits(return_X_y=True)
    x_train, x_test, y_train, y_test = train_test_split(x, y, test_size=0.3, random_state=0, stratify=y)
    model = KNeighborsClassifier(3).fit(x_train, y_train)
    graph = lapel.from_sklearn(model, x_train, budget_bytes=budget)
    assert graph.tensors[graph.inputs[0]].type.dtype == "int8"
    assert constant_bytes(graph) <= budget
    found = np.asarray(lapel.predict(graph, x_test))
    assert (found == y_test).mean() > {600: 0.9, 2048: 0.965}[budget]
    assert graph.origin.agreement is not None
    assert abs(graph.origin.agreement.share - (found == model.predict(x_test)).mean()) < 0.04
    if budget == 600:
        (said,) = graph.origin.warnings
        assert "prototypes stand for 1,257 samples, more budget_bytes are more of them" in said
    assert lapel.run(graph, "cortex-m0plus", x_test[:4]).bit_exact


@pytest.mark.filterwarnings("ignore::lapel.errors.LapelWarning")
def test_unlike_scales_are_the_devices() -> None:
    x, y = load_breast_cancer(return_X_y=True)
    model = make_pipeline(StandardScaler(), KNeighborsClassifier(5)).fit(x[:400], y[:400])
    graph = lapel.from_sklearn(model, x[:400], budget_bytes=1500)
    assert graph.tensors[graph.inputs[0]].type.dtype == "float32" and constant_bytes(graph) <= 1500
    same = np.asarray(lapel.predict(graph, x[400:])) == model.predict(x[400:])
    assert same.mean() > 0.95
    np.testing.assert_allclose(graph.origin.scores(x[400:]), model.predict_proba(x[400:]))
    assert lapel.run(graph, "atmega328p", x[400:403]).bit_exact
    with pytest.raises(InputError, match=r"scales its features unlike each other.*use input='float'"):
        lapel.from_sklearn(model, x[:400], input="int8")


def test_prototypes_are_on_their_grid_and_class_by_class() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0, 0], [60, 0], [0, 60], [60, 60]])
    labels = np.repeat([0, 1, 1, 0], 50)  # no line tells these apart
    x = np.repeat(centres, 50, axis=0) + rng.normal(0, 4, (200, 2))
    found = condense(x, labels, np.array([2, 2]), Steps(8.0, -8, 7))
    assert (found % 8 == 0).all() and found.max() <= 56
    nearest = ((x[:, None] - found) ** 2).sum(axis=2).argmin(axis=1)
    assert (np.array([0, 0, 1, 1])[nearest] == labels).all()
    assert (found == condense(x, labels, np.array([2, 2]), Steps(8.0, -8, 7))).all()


def test_what_cannot_be_taken_is_named() -> None:
    x, y = load_iris(return_X_y=True)
    model = KNeighborsClassifier().fit(x, y)
    with pytest.raises(InputError, match="budget_bytes is 60, expected 75 or more, of one prototype for each of 3 cl"):
        lapel.from_sklearn(model, x, budget_bytes=60)
    with pytest.raises(UnsupportedModel, match="has distances by 'minkowski' with p=1, expected Euclidean ones"):
        lapel.load(KNeighborsClassifier(p=1).fit(x, y), x)
    with pytest.raises(UnsupportedModel, match="has several labels a sample, expected one"):
        lapel.load(KNeighborsClassifier().fit(x, np.stack([y, y], axis=1)), x)
    with pytest.raises(UnsupportedModel, match="step PCA mixes features, expected scalers"):
        lapel.load(make_pipeline(PCA(2), KNeighborsClassifier()).fit(x, y), x)
    with pytest.raises(InputError, match="KNeighborsClassifier is not fitted, expected a fitted one: call fit first"):
        lapel.load(KNeighborsClassifier(), x)
    with pytest.raises(UsageError, match="input is 'int16', expected one of 'auto', 'int8', 'float', which nearest"):
        lapel.from_sklearn(model, x, input="int16")
    with pytest.raises(UsageError, match="budget_bytes was given, and LogisticRegression has no such"):
        from sklearn.linear_model import LogisticRegression

        lapel.from_sklearn(LogisticRegression(max_iter=500).fit(x, y), x, budget_bytes=100)
