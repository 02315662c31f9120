"""XGBoost's trees for numbers."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.frontends.sklearn.libraries import of_xgboost, xgboost_problems

ESTIMATOR = EstimatorForm(
    "XGBRegressor",
    of_xgboost,
    lambda model: "regression",
    xgboost_problems,
    kind="trees",
    missing=True,
    package="xgboost",
)
