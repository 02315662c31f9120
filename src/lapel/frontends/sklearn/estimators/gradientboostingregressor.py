"""Boosted trees for numbers."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.trees import boosted, own_start

ESTIMATOR = EstimatorForm(
    "GradientBoostingRegressor",
    lambda model, probabilities: boosted(model),
    lambda model: "regression",
    lambda model, probabilities: own_start(model) + without_probabilities(model, probabilities),
    kind="trees",
)
