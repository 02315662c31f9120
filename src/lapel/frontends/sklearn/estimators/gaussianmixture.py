"""A logarithm of a weighted density a component; with a share of outliers, their sum less what that share is below."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.densities import Densities
from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities


def densities(model: Any, probabilities: bool) -> Densities:
    """The factors are transposed: scikit-learn has upper triangles, for rows from the left."""
    means, found = np.asarray(model.means_, np.float64), np.asarray(model.precisions_cholesky_, np.float64)
    kind, features = model.covariance_type, means.shape[1]
    if kind == "full":
        factors = found.transpose(0, 2, 1)
    elif kind == "tied":
        factors = found.T[None]
    else:
        factors = np.broadcast_to(found.reshape(len(means), -1), means.shape).copy()
    on_diagonal = np.diagonal(factors, axis1=1, axis2=2) if factors.ndim == 3 else factors
    bias = np.log(model.weights_) + np.log(on_diagonal).sum(axis=1) - 0.5 * features * np.log(2 * np.pi)
    return Densities(means, factors, bias)


ESTIMATOR = EstimatorForm(
    "GaussianMixture",
    densities,
    lambda model: "classification",
    without_probabilities,
    kind="densities",
    classes=lambda model: tuple(range(model.n_components)),
    takes=("outliers",),
)
