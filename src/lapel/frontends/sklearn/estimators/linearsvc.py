"""Linear support vector classifier: a score a class, or one score of two classes."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, linear, without_probabilities

ESTIMATOR = EstimatorForm(
    "LinearSVC", lambda model, probabilities: linear(model), lambda model: "classification", without_probabilities
)
