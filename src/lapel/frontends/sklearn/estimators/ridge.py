"""Linear regression with a penalty on large weights."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, linear, without_probabilities

ESTIMATOR = EstimatorForm(
    "Ridge", lambda model, probabilities: linear(model), lambda model: "regression", without_probabilities
)
