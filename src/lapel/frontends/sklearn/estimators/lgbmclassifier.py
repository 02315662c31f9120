"""LightGBM's trees: a score a class, or one score of two classes."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.libraries import of_lightgbm

ESTIMATOR = EstimatorForm(
    "LGBMClassifier",
    of_lightgbm,
    lambda model: "classification",
    without_probabilities,
    kind="trees",
    missing=True,
    package="lightgbm",
)
