"""Boosted trees of histograms for numbers."""

from __future__ import annotations

from typing import Any

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.trees import histogram_boosted, identity_link, no_categories

LOSSES = ("squared_error", "absolute_error", "quantile")


def problems(model: Any, probabilities: bool) -> list[str]:
    return no_categories(model) + identity_link(model, LOSSES) + without_probabilities(model, probabilities)


ESTIMATOR = EstimatorForm(
    "HistGradientBoostingRegressor",
    lambda model, probabilities: histogram_boosted(model),
    lambda model: "regression",
    problems,
    kind="trees",
    missing=True,
)
