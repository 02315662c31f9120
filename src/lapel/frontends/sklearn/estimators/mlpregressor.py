"""Multi-layer perceptron for numbers."""

from __future__ import annotations

from typing import Any

from lapel.frontends.sklearn.forms import EstimatorForm, without_probabilities
from lapel.frontends.sklearn.perceptron import activation_problems, perceptron


def problems(mlp: Any, probabilities: bool) -> list[str]:
    found, loss = activation_problems(mlp, probabilities), getattr(mlp, "loss", "squared_error")
    if loss != "squared_error":
        found.append(f"loss is {loss!r}, expected 'squared_error', whose output is linear: train with that")
    return found + without_probabilities(mlp, probabilities)


ESTIMATOR = EstimatorForm("MLPRegressor", perceptron, lambda mlp: "regression", problems)
