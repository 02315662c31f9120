"""Random forest."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, Size, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

SIZES = ((10, 16), (20, 64), (50, 128))
"""Trees, and the leaves of each at most."""


def sizes(data: Dataset) -> tuple[Size, ...]:
    shares = ("sqrt", 0.5) if data.task == "classification" else (0.33, 1.0)
    return tuple(
        Size(f"{n}x{leaves}", grid(n_estimators=(n,), max_leaf_nodes=(leaves,), max_features=shares))
        for n, leaves in SIZES
    )


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

    kind: Any = RandomForestClassifier if data.task == "classification" else RandomForestRegressor
    return sklearn_graph(kind(**options, random_state=seed), data, name)


CANDIDATE = Candidate(
    "forest", "random forest, of so many trees of so many leaves", ("classification", "regression"), sizes, fit
)
