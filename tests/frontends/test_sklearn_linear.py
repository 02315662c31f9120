"""Linear models, principal components and searches of scikit-learn: what they compute, and how much of it is kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import lapel
from lapel.errors import InputError, UnsupportedModel
from lapel.frontends.sklearn.forms import estimator_forms, step_forms
from lapel.frontends.sklearn.layers import compute
from lapel.frontends.sklearn.parts import take_apart
from lapel.ir import Graph

pytestmark = pytest.mark.filterwarnings(
    "ignore:Stochastic Optimizer",
    "ignore:lbfgs failed",
    "ignore::FutureWarning",
    "ignore:input .features",
    "ignore:in int8",
)
DATA = {"wine": load_wine, "cancer": load_breast_cancer, "digits": load_digits, "diabetes": load_diabetes}


def halves(name: str, seed: int = 0) -> list[np.ndarray]:
    """Samples to train on, others, and the targets of both."""
    x, y = DATA[name](return_X_y=True)
    return list(train_test_split(x, y, test_size=0.4, random_state=seed, stratify=None if name == "diabetes" else y))


def computed(model: Any, x: np.ndarray, probabilities: bool = False) -> np.ndarray:
    """What the parts of an estimator compute, in float64."""
    parts = take_apart(model, probabilities=probabilities)
    return compute(parts.layers, x * parts.slope + parts.offset)


def kept(model: Any, graph: Graph, x: np.ndarray, y: np.ndarray) -> float:
    """Accuracy of the integers less that of the estimator."""
    return float((np.asarray(lapel.predict(graph, x)) == y).mean() - model.score(x, y))


def test_forms_are_found_by_their_names() -> None:
    assert {"LogisticRegression", "LinearSVC", "Ridge", "LinearRegression", "MLPClassifier"} <= set(estimator_forms())
    assert {"StandardScaler", "PCA"} <= set(step_forms())


@pytest.mark.parametrize("name", ["wine", "cancer"])
@pytest.mark.parametrize("kind", [LogisticRegression, LinearSVC])
def test_linear_classifiers(name: str, kind: Any) -> None:
    a, b, c, d = halves(name)
    model = make_pipeline(StandardScaler(), kind()).fit(a, c)
    want = model.decision_function(b).reshape(len(b), -1)
    assert np.allclose(computed(model, b), want)
    graph = lapel.load(model, a)
    assert graph.origin.task == "classification" and kept(model, graph, b, d) >= -0.01 - 1 / len(b)


@pytest.mark.parametrize("name", ["wine", "cancer"])
def test_probabilities_of_two_classes_and_of_several(name: str) -> None:
    a, b, c, _ = halves(name)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(a, c)
    want = model.predict_proba(b)
    assert np.allclose(computed(model, b, probabilities=True), want if want.shape[1] > 2 else want[:, 1:])


@pytest.mark.parametrize("kind", [Ridge, LinearRegression])
def test_linear_regressions(kind: Any) -> None:
    a, b, c, d = halves("diabetes")
    for y in (c, np.stack([c, -c], axis=1)):
        model = kind(fit_intercept=y.ndim == 1).fit(a, y)
        assert np.allclose(computed(model, b), model.predict(b).reshape(len(b), -1))
    model = kind().fit(a, c)
    graph = lapel.load(model, a)
    found = np.asarray(lapel.predict(graph, b)).reshape(-1)
    lost = model.score(b, d) - (1 - ((found - d) ** 2).sum() / ((d - d.mean()) ** 2).sum())
    assert graph.origin.task == "regression" and lost <= 0.01


@pytest.mark.parametrize(
    ("components", "layers", "whiten"), [(8, 3, False), (8, 3, True), (60, 2, False), (60, 2, True)]
)
def test_principal_components_are_part_of_a_layer_or_one(components: int, layers: int, whiten: bool) -> None:
    """A layer of their own where that has fewer weights. Whitened, 60 of them are noise that int8 has no steps for."""
    a, b, c, d = halves("digits")
    network = MLPClassifier((24,), max_iter=25, random_state=0)
    model = make_pipeline(StandardScaler(), PCA(components, whiten=whiten, random_state=0), network).fit(a, c)
    parts = take_apart(model, probabilities=False)
    assert len(parts.layers) == layers and len(parts.slope) == 64
    assert np.allclose(computed(model, b, probabilities=True), model.predict_proba(b))
    graph = lapel.load(model, a)
    if (components, whiten) == (60, True):
        (warning,) = graph.origin.warnings
        assert "of 1078 calibration samples get another class than from the float model" in warning
    else:
        assert kept(model, graph, b, d) >= -0.01


def test_a_scaler_behind_principal_components() -> None:
    a, b, c, _ = halves("wine")
    model = make_pipeline(PCA(5), StandardScaler(), LogisticRegression()).fit(a, c)
    assert np.allclose(computed(model, b), model.decision_function(b))


def test_the_best_of_a_search() -> None:
    """Also one within a pipeline, and one over pipelines."""
    a, b, c, d = halves("wine")
    inner = make_pipeline(StandardScaler(), GridSearchCV(LogisticRegression(), {"C": [0.1, 1]}, cv=2)).fit(a, c)
    outer = GridSearchCV(make_pipeline(StandardScaler(), Ridge()), {"ridge__alpha": [0.1, 1]}, cv=2).fit(a, c)
    assert np.allclose(computed(inner, b), inner.decision_function(b))
    assert np.allclose(computed(outer, b)[:, 0], outer.predict(b))
    assert kept(inner, lapel.load(inner, a), b, d) >= -0.02
    with pytest.raises(InputError, match="GridSearchCV has no best estimator, expected a fitted one with refit=True"):
        lapel.load(GridSearchCV(Ridge(), {"alpha": [1]}), a)


@pytest.mark.parametrize("name", ["wine", "cancer"])
def test_scaled_perceptrons_keep_their_accuracy_on_other_samples(name: str) -> None:
    """Within a point, over the samples that three trainings have not seen."""
    lost = []
    for seed in range(3):
        a, b, c, d = halves(name, seed)
        model = make_pipeline(StandardScaler(), MLPClassifier((16,), max_iter=200, random_state=seed)).fit(a, c)
        lost.append(-kept(model, lapel.load(model, a), b, d))
    assert np.mean(lost) <= 0.01, lost


def test_what_has_no_probabilities_says_so() -> None:
    a, _, c, _ = halves("wine")
    for model in (LinearSVC(), Ridge(), LinearRegression()):
        kind = type(model).__name__
        with pytest.raises(UnsupportedModel, match=f"{kind} has no probabilities, expected one that does"):
            take_apart(model.fit(a, c), probabilities=True)
    one_by_one = LogisticRegression()
    one_by_one.fit(a, c).solver = "liblinear"  # what scikit-learn of before 1.8 has
    with pytest.raises(UnsupportedModel, match="one class against the others, scaled to the sum 1"):
        take_apart(one_by_one, probabilities=True)
