"""A decision tree for numbers."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.trees import mean_of_numbers

ESTIMATOR = EstimatorForm(
    "DecisionTreeRegressor",
    lambda model, probabilities: mean_of_numbers([model]),
    lambda model: "regression",
    without_probabilities,
    kind="trees",
    missing=True,
)
