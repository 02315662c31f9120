"""CatBoost's trees: a score a class, or one score of two classes."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.libraries import of_catboost

ESTIMATOR = EstimatorForm(
    "CatBoostClassifier",
    of_catboost,
    lambda model: "classification",
    without_probabilities,
    kind="trees",
    missing=True,
    package="catboost",
    fitted=lambda model: bool(model.is_fitted()),
)
