"""Fitted scikit-learn estimators taken apart: scalers, layers, classes, and every problem that they have."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import InputError, MissingTool, UnsupportedModel
from lapel.frontends.sklearn.layers import ACTIVATIONS, Layer
from lapel.ir import Label, Task


@dataclass(frozen=True, eq=False)
class Parts:
    """A perceptron behind scalers: x -> layers(slope · x + offset). features: how the columns are called, if known."""

    slope: np.ndarray
    offset: np.ndarray
    layers: tuple[Layer, ...]
    task: Task
    classes: tuple[Label, ...]
    features: tuple[str, ...]


def take_apart(estimator: Any, *, probabilities: bool) -> Parts:
    """The parts of a fitted, supported estimator; raises UnsupportedModel with every problem, else InputError."""
    scalers, mlp = _steps(estimator, probabilities)
    first = scalers[0] if scalers else mlp
    slope, offset = _compose(scalers, int(first.n_features_in_))
    hidden = [mlp.activation] * (len(mlp.coefs_) - 1)
    last = mlp.out_activation_ if probabilities else "identity"
    layers = tuple(
        Layer(np.asarray(w, np.float64), np.asarray(b, np.float64), a)
        for w, b, a in zip(mlp.coefs_, mlp.intercepts_, [*hidden, last], strict=True)
    )
    names = getattr(first, "feature_names_in_", ())
    return Parts(slope, offset, layers, _task(mlp), _classes(mlp), tuple(map(str, names)))


def _task(mlp: Any) -> Task:
    if not hasattr(mlp, "classes_"):
        return "regression"
    several = mlp.out_activation_ == "logistic" and mlp.n_outputs_ > 1
    return "multilabel" if several else "classification"


def _classes(mlp: Any) -> tuple[Label, ...]:
    return tuple(np.asarray(getattr(mlp, "classes_", ())).tolist())


def _steps(estimator: Any, probabilities: bool) -> tuple[list[Any], Any]:
    """(scalers, perceptron) of a fitted, supported estimator."""
    try:
        from sklearn.exceptions import NotFittedError
        from sklearn.neural_network import MLPClassifier, MLPRegressor
        from sklearn.pipeline import Pipeline
        from sklearn.utils.validation import check_is_fitted
    except ImportError as e:
        raise MissingTool('scikit-learn is not installed, from_sklearn needs it: pip install "lapel[sklearn]"') from e
    estimator = getattr(estimator, "best_estimator_", estimator)  # of a search over parameters
    steps = [s for _, s in estimator.steps] if isinstance(estimator, Pipeline) else [estimator]
    *scalers, mlp = steps
    scalers = [s for s in scalers if s is not None and not isinstance(s, str)]  # "passthrough"
    where = type(estimator).__name__
    if not isinstance(mlp, (MLPClassifier, MLPRegressor)):
        found = "is" if len(steps) == 1 else "ends in"
        raise UnsupportedModel(
            where, [f"{found} {_kind(mlp)}, expected MLPClassifier or MLPRegressor: train one of these"]
        )
    problems = [p for s in scalers for p in _scaler_problems(s)]
    if mlp.activation not in ACTIVATIONS or mlp.activation == "softmax":
        expected = ", ".join(a for a in ACTIVATIONS if a != "softmax")
        problems.append(f"hidden activation is {mlp.activation!r}, expected one of {expected}")
    loss = getattr(mlp, "loss", "squared_error")
    if isinstance(mlp, MLPRegressor) and loss != "squared_error":
        problems.append(f"loss is {loss!r}, expected 'squared_error', whose output is linear: train with that")
    if probabilities and not isinstance(mlp, MLPClassifier):
        problems.append(f"{_kind(mlp)} has no probabilities, expected a classifier: use output='logits'")
    if problems:
        raise UnsupportedModel(where, problems)
    for step in (*scalers, mlp):
        try:
            check_is_fitted(step)
        except NotFittedError as e:
            raise InputError(f"{where}: {_kind(step)} is not fitted, expected a fitted one: call fit first") from e
    return scalers, mlp


def _kind(step: Any) -> str:
    return step if isinstance(step, str) else type(step).__name__


def _scaler_problems(step: Any) -> list[str]:
    if type(step).__name__ not in SCALERS or not type(step).__module__.startswith("sklearn."):
        expected = ", ".join(SCALERS)
        return [f"step {_kind(step)} is not affine, expected {expected}: apply it to the data before the model"]
    if getattr(step, "clip", False):
        return [f"step {_kind(step)} has clip=True, which is not affine: use clip=False"]
    return []


def _standard(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    slope = 1 / step.scale_ if step.with_std else np.ones(n)
    return slope, -step.mean_ * slope if step.with_mean else np.zeros(n)


def _robust(step: Any, n: int) -> tuple[np.ndarray, np.ndarray]:
    slope = 1 / step.scale_ if step.with_scaling else np.ones(n)
    return slope, -step.center_ * slope if step.with_centering else np.zeros(n)


SCALERS: Mapping[str, Callable[[Any, int], tuple[np.ndarray, np.ndarray]]] = {
    "StandardScaler": _standard,
    "MinMaxScaler": lambda step, n: (step.scale_, step.min_),
    "MaxAbsScaler": lambda step, n: (1 / step.scale_, np.zeros(n)),
    "RobustScaler": _robust,
}
"""Class -> (slope, offset) of a fitted one, per feature, in float64."""


def _compose(steps: Sequence[Any], n: int) -> tuple[np.ndarray, np.ndarray]:
    """(slope, offset) of all scalers in sequence."""
    slope, offset = np.ones(n), np.zeros(n)
    for step in steps:
        a, b = (np.asarray(v, np.float64) for v in SCALERS[type(step).__name__](step, n))
        slope, offset = a * slope, a * offset + b
    return slope, offset
