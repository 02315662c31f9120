"""Boosted trees: a score a class, or one score of two classes."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.trees import boosted, own_start

ESTIMATOR = EstimatorForm(
    "GradientBoostingClassifier",
    lambda model, probabilities: boosted(model),
    lambda model: "classification",
    lambda model, probabilities: own_start(model) + without_probabilities(model, probabilities),
    kind="trees",
)
