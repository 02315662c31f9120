"""XGBoost's trees: a score a class, or one score of two classes."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.frontends.sklearn.libraries import of_xgboost, xgboost_problems

ESTIMATOR = EstimatorForm(
    "XGBClassifier",
    of_xgboost,
    lambda model: "classification",
    xgboost_problems,
    kind="trees",
    missing=True,
    package="xgboost",
)
