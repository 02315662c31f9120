"""Decision trees with random thresholds for numbers."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.trees import mean_of_numbers

ESTIMATOR = EstimatorForm(
    "ExtraTreesRegressor",
    lambda model, probabilities: mean_of_numbers(list(model.estimators_)),
    lambda model: "regression",
    without_probabilities,
    kind="trees",
    missing=True,
)
