"""Outliers by their Mahalanobis distance: below zero beyond that of an ellipse around most of the data."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.frontends.sklearn.densities import Densities, inverse_triangle
from lapel.frontends.sklearn.forms import EstimatorForm, outlier_classes, without_probabilities


def densities(model: Any, probabilities: bool) -> Densities:
    factor = inverse_triangle(np.asarray(model.covariance_, np.float64), "EllipticEnvelope")
    return Densities(np.asarray(model.location_, np.float64)[None], factor[None], np.array([-model.offset_]), 1.0)


ESTIMATOR = EstimatorForm(
    "EllipticEnvelope",
    densities,
    lambda model: "classification",
    without_probabilities,
    kind="densities",
    classes=outlier_classes,
)
