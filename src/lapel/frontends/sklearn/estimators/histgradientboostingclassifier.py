"""Boosted trees of histograms: a score a class, or one score of two classes."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.trees import histogram_boosted, no_categories

ESTIMATOR = EstimatorForm(
    "HistGradientBoostingClassifier",
    lambda model, probabilities: histogram_boosted(model),
    lambda model: "classification",
    lambda model, probabilities: no_categories(model) + without_probabilities(model, probabilities),
    kind="trees",
    missing=True,
)
