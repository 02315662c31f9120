"""CatBoost's trees for numbers."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.libraries import of_catboost

ESTIMATOR = EstimatorForm(
    "CatBoostRegressor",
    of_catboost,
    lambda model: "regression",
    without_probabilities,
    kind="trees",
    missing=True,
    package="catboost",
    fitted=lambda model: bool(model.is_fitted()),
)
