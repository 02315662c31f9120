"""Outliers by how short the paths are that part them from the rest: below zero where they are too short."""

from __future__ import annotations

from lapel.frontends.sklearn.forms import EstimatorForm, outlier_classes, without_probabilities
from lapel.frontends.sklearn.trees import isolating

ESTIMATOR = EstimatorForm(
    "IsolationForest",
    lambda model, probabilities: isolating(model),
    lambda model: "classification",
    without_probabilities,
    kind="trees",
    classes=outlier_classes,
)
