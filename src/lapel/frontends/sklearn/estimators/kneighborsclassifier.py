"""The class that most of the nearest samples have, of which a budget of bytes keeps prototypes."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.forms import EstimatorForm, dense, without_probabilities
from lapel.frontends.sklearn.kinds.neighbours import Neighbours


def neighbours(model: Any, probabilities: bool) -> Neighbours:
    return Neighbours(dense(model._fit_X), np.asarray(model._y, np.int64).reshape(-1), len(model.classes_))


def problems(model: Any, probabilities: bool) -> list[str]:
    found = without_probabilities(model, probabilities)
    euclidean = model.metric == "euclidean" or (model.metric == "minkowski" and model.p == 2)
    if not euclidean:
        which = f"{model.metric!r} with p={model.p}" if model.metric == "minkowski" else repr(model.metric)
        found.append(f"KNeighborsClassifier has distances by {which}, expected Euclidean ones: use metric='euclidean'")
    if getattr(model, "outputs_2d_", False):
        found.append("KNeighborsClassifier has several labels a sample, expected one: train a model for each")
    return found


ESTIMATOR = EstimatorForm(
    "KNeighborsClassifier",
    neighbours,
    lambda model: "classification",
    problems,
    kind="neighbours",
    takes=("budget_bytes",),
)
