"""Multi-layer perceptron for one class of several, one of two, or flags."""

from __future__ import annotations

from typing import Any

from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.frontends.sklearn.perceptron import activation_problems, perceptron
from lapel.ir import Task


def task(mlp: Any) -> Task:
    several = mlp.out_activation_ == "logistic" and mlp.n_outputs_ > 1
    return "multilabel" if several else "classification"


ESTIMATOR = EstimatorForm("MLPClassifier", perceptron, task, activation_problems)
