"""Logistic regression, or ridge regression of numbers, behind a scaler."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, Size, behind_scaler, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

STRENGTHS = (0.01, 0.1, 1.0, 10.0)


def sizes(data: Dataset) -> tuple[Size, ...]:
    return (Size("", grid(C=STRENGTHS) if data.task == "classification" else grid(alpha=STRENGTHS)),)


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.linear_model import LogisticRegression, Ridge

    estimator: Any
    if data.task == "classification":
        estimator = LogisticRegression(**options, max_iter=500, random_state=seed)
    else:
        estimator = Ridge(**options, random_state=seed)
    return sklearn_graph(behind_scaler(estimator), data, name)


CANDIDATE = Candidate("linear", "logistic or ridge regression", ("classification", "regression"), sizes, fit)
