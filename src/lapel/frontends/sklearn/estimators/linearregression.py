"""Linear regression."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, linear, without_probabilities

ESTIMATOR = EstimatorForm(
    "LinearRegression", lambda model, probabilities: linear(model), lambda model: "regression", without_probabilities
)
