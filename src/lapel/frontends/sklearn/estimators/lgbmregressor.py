"""LightGBM's trees for numbers."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.libraries import of_lightgbm

ESTIMATOR = EstimatorForm(
    "LGBMRegressor",
    of_lightgbm,
    lambda model: "regression",
    without_probabilities,
    kind="trees",
    missing=True,
    package="lightgbm",
)
