"""Extremely randomized trees."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, sklearn_graph
from lapel.contest.candidates.forest import sizes
from lapel.data import Dataset
from lapel.ir import Graph


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor

    kind: Any = ExtraTreesClassifier if data.task == "classification" else ExtraTreesRegressor
    return sklearn_graph(kind(**options, random_state=seed), data, name)


CANDIDATE = Candidate(
    "extratrees",
    "extremely randomized trees, so many of so many leaves",
    ("classification", "regression"),
    sizes,
    fit,
)
