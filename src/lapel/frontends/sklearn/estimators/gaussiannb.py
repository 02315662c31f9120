"""A logarithm of a density a class, of features that are independent and normal in each."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.densities import Densities
from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities


def densities(model: Any, probabilities: bool) -> Densities:
    with np.errstate(divide="ignore"):
        prior = np.log(np.asarray(model.class_prior_, np.float64))
    bias = prior - 0.5 * np.log(2 * np.pi * model.var_).sum(axis=1)
    return Densities(np.asarray(model.theta_, np.float64), 1 / np.sqrt(np.asarray(model.var_, np.float64)), bias)


ESTIMATOR = EstimatorForm(
    "GaussianNB", densities, lambda model: "classification", without_probabilities, kind="densities"
)
