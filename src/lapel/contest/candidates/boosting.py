"""Gradient boosting of small trees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lapel.contest.candidate import Candidate, Options, Size, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

SIZES = ((10, 4), (30, 8))
"""Rounds, of a tree for each class but of two classes one, and leaves of each tree at most."""


def sizes_called(rounds: str, leaves: str) -> Callable[[Dataset], tuple[Size, ...]]:
    """SIZES, by what a library calls both."""

    def sizes(data: Dataset) -> tuple[Size, ...]:
        return tuple(
            Size(f"{n}x{m}", grid(**{rounds: (n,), leaves: (m,), "learning_rate": (0.1, 0.3)})) for n, m in SIZES
        )

    return sizes


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor

    kind: Any = GradientBoostingClassifier if data.task == "classification" else GradientBoostingRegressor
    return sklearn_graph(kind(**options, max_features="sqrt", random_state=seed), data, name)


CANDIDATE = Candidate(
    "boosting", "gradient boosting, so many rounds of trees of so many leaves", ("classification", "regression"),
    sizes_called("n_estimators", "max_leaf_nodes"), fit,
)  # fmt: skip
