"""How estimators and the steps before them say what they compute: one class a file, found by its name in lower case."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from lapel.frontends.sklearn.layers import Layer
from lapel.ir import Label, Task


@dataclass(frozen=True, eq=False)
class Affine:
    """x -> x · slope + offset, feature by feature (slope [n]), or x @ slope + offset (slope [n, m])."""

    slope: np.ndarray
    offset: np.ndarray

    @property
    def mixes(self) -> bool:
        """Whether an output depends on several features."""
        return self.slope.ndim == 2


def no_problems(step: Any) -> list[str]:
    return []


@dataclass(frozen=True)
class StepForm:
    """A transformer. name: of the class. affine: what a fitted one of n features computes. problems: why not."""

    name: str
    affine: Callable[[Any, int], Affine]
    problems: Callable[[Any], list[str]] = no_problems


def classes_of(estimator: Any) -> tuple[Label, ...]:
    """The classes of a fitted classifier; none of another estimator."""
    return tuple(np.asarray(getattr(estimator, "classes_", ())).tolist())


def outlier_classes(estimator: Any) -> tuple[Label, ...]:
    """Of a detector of outliers: -1 where its score is below zero, 1 of what it was fitted to."""
    return (-1, 1)


@dataclass(frozen=True)
class EstimatorForm:
    """The last step. name: of the class. parts: of a fitted one, and whether its outputs are to be probabilities.

    task: of a fitted one. problems: why not, of one and the same question. kind: the module of `kinds/` that makes a
    graph of its parts: layers, or what the kind says. classes: of a fitted one, in the order of its scores. package:
    that has the class. fitted: whether one is, where scikit-learn cannot tell. takes: options of `from_sklearn` that
    not every model has. missing: whether it takes NaN.
    """

    name: str
    parts: Callable[[Any, bool], Any]
    task: Callable[[Any], Task]
    problems: Callable[[Any, bool], list[str]]
    kind: str = "layers"
    classes: Callable[[Any], tuple[Label, ...]] = classes_of
    package: str = "sklearn"
    fitted: Callable[[Any], bool] | None = None
    takes: tuple[str, ...] = ()
    missing: bool = False


def linear(estimator: Any, activation: str = "identity") -> tuple[Layer, ...]:
    """The one layer of a linear model: `coef_` [O, K] or [K], `intercept_` [O] or a number."""
    w = np.atleast_2d(dense(estimator.coef_))
    return (Layer(w.T, np.broadcast_to(np.asarray(estimator.intercept_, np.float64), len(w)).copy(), activation),)


def dense(values: Any) -> np.ndarray:
    """float64, also of a sparse matrix."""
    return np.asarray(values.toarray() if hasattr(values, "toarray") else values, np.float64)


def without_probabilities(estimator: Any, probabilities: bool) -> list[str]:
    """The problem of an estimator that has none."""
    kind = type(estimator).__name__
    return [f"{kind} has no probabilities, expected one that does: use output='logits'"] if probabilities else []


@cache
def step_forms() -> Mapping[str, StepForm]:
    """By the name of the class: `STEP` of each module of `steps/`."""
    return {form.name: form for form in _found("steps", "STEP")}


@cache
def estimator_forms() -> Mapping[str, EstimatorForm]:
    """By the name of the class: `ESTIMATOR` of each module of `estimators/`."""
    return {form.name: form for form in _found("estimators", "ESTIMATOR")}


def _found(folder: str, what: str) -> list[Any]:
    package = importlib.import_module(f"lapel.frontends.sklearn.{folder}")
    stems = [m.name for m in pkgutil.iter_modules(package.__path__)]
    found = [getattr(importlib.import_module(f"{package.__name__}.{stem}"), what) for stem in stems]
    assert [form.name.lower() for form in found] == stems, f"{folder}: {stems}"
    return found
