"""Fitted scikit-learn estimators taken apart: scalers, layers, classes, and every problem that they have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.errors import InputError, MissingTool, UnsupportedModel
from lapel.frontends.sklearn.forms import Affine, EstimatorForm, estimator_forms, step_forms
from lapel.frontends.sklearn.layers import Layer, after_affine
from lapel.ir import Label, Task


@dataclass(frozen=True, eq=False)
class Parts:
    """Layers behind scalers: x -> layers(slope · x + offset). features: how the columns are called, if known."""

    slope: np.ndarray
    offset: np.ndarray
    layers: tuple[Layer, ...]
    task: Task
    classes: tuple[Label, ...]
    features: tuple[str, ...]


def take_apart(estimator: Any, *, probabilities: bool) -> Parts:
    """The parts of a fitted, supported estimator; raises UnsupportedModel with every problem, else InputError."""
    return parts_of(*fitted_steps(estimator, probabilities), probabilities)


def parts_of(steps: Sequence[Any], last: Any, form: EstimatorForm, probabilities: bool) -> Parts:
    """The parts of a fitted estimator of layers behind its steps."""
    first = (*steps, last)[0]
    affines = affines_of(steps, int(first.n_features_in_) if steps else 0)
    leading = next((k for k, a in enumerate(affines) if a.mixes), len(affines))
    slope, offset = compose(affines[:leading], int(first.n_features_in_))
    layers: tuple[Layer, ...] = form.parts(last, probabilities)
    for a in reversed(affines[leading:]):
        layers = _behind(a, layers)
    names = getattr(first, "feature_names_in_", ())
    return Parts(slope, offset, layers, form.task(last), form.classes(last), tuple(map(str, names)))


def affines_of(steps: Sequence[Any], n: int) -> list[Affine]:
    """What each step computes, of n features at first."""
    affines: list[Affine] = []
    for step in steps:
        found = step_forms()[type(step).__name__].affine(step, n)
        affines.append(Affine(np.asarray(found.slope, np.float64), np.asarray(found.offset, np.float64)))
        n = len(affines[-1].offset)
    return affines


def fitted_steps(estimator: Any, probabilities: bool) -> tuple[list[Any], Any, EstimatorForm]:
    """(steps, last step, its form) of a fitted, supported estimator.

    Raises UnsupportedModel with every problem, InputError where a step is not fitted.
    """
    try:
        from sklearn.exceptions import NotFittedError
        from sklearn.utils.validation import check_is_fitted
    except ImportError as e:
        raise MissingTool('scikit-learn is not installed, from_sklearn needs it: pip install "lapel[sklearn]"') from e
    where, flat = type(estimator).__name__, flat_steps(estimator)
    *steps, last = flat
    form = _estimator_form(last)
    if form is None:
        found, expected = "is" if len(flat) == 1 else "ends in", ", ".join(estimator_forms())
        raise UnsupportedModel(where, [f"{found} {kind_of(last)}, expected one of {expected}: train one of these"])
    problems = [p for s in steps for p in step_problems(s)] + form.problems(last, probabilities)
    if problems:
        raise UnsupportedModel(where, problems)
    for step in flat:
        try:
            if step is not last or form.fitted is None:
                check_is_fitted(step)
            elif not form.fitted(step):
                raise NotFittedError
        except NotFittedError as e:
            raise InputError(f"{where}: {kind_of(step)} is not fitted, expected a fitted one: call fit first") from e
    return steps, last, form


def _estimator_form(last: Any) -> EstimatorForm | None:
    """That of its class, or of the one that it inherits from."""
    bases = [(c.__name__, c.__module__.split(".")[0]) for c in type(last).__mro__]
    known = {(form.name, form.package): form for form in estimator_forms().values()}
    return next((known[base] for base in bases if base in known), None)


def flat_steps(estimator: Any) -> list[Any]:
    """The steps of pipelines, and of what a search has found best, one after the other; without "passthrough"."""
    if _is_sklearn(estimator) and hasattr(estimator, "cv") and hasattr(estimator, "estimator"):  # a search
        if not hasattr(estimator, "best_estimator_"):
            found = "has no best estimator"
            raise InputError(
                f"{type(estimator).__name__} {found}, expected a fitted one with refit=True: call fit first"
            )
        return flat_steps(estimator.best_estimator_)
    if _is_sklearn(estimator) and type(estimator).__name__ == "Pipeline":
        return [s for _, step in estimator.steps for s in flat_steps(step) if s is not None and s != "passthrough"]
    return [estimator]


def _is_sklearn(step: Any) -> bool:
    return type(step).__module__.startswith("sklearn.")


def kind_of(step: Any) -> str:
    return step if isinstance(step, str) else type(step).__name__


def step_problems(step: Any) -> list[str]:
    form = step_forms().get(type(step).__name__)
    if form is None or not _is_sklearn(step):
        expected = ", ".join(step_forms())
        return [f"step {kind_of(step)} is not affine, expected {expected}: apply it to the data before the model"]
    return form.problems(step)


def compose(affines: Sequence[Affine], n: int) -> tuple[np.ndarray, np.ndarray]:
    """(slope, offset) of all scalers in sequence."""
    slope, offset = np.ones(n), np.zeros(n)
    for a in affines:
        slope, offset = a.slope * slope, a.slope * offset + a.offset
    return slope, offset


def _behind(a: Affine, layers: tuple[Layer, ...]) -> tuple[Layer, ...]:
    """The layers that give for x what these give for an affine step of it.

    What mixes features becomes part of the first layer, or a layer of its own where that has fewer weights.
    """
    if not a.mixes:
        return tuple(after_affine(layers, a.slope, a.offset))
    first = layers[0]
    (k, inner), outputs = a.slope.shape, first.weights.shape[1]
    if k * inner + inner * outputs < k * outputs:
        return (Layer(a.slope, a.offset, "identity"), *layers)
    merged = Layer(a.slope @ first.weights, first.biases + a.offset @ first.weights, first.activation)
    return (merged, *layers[1:])
