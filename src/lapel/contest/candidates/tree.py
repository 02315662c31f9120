"""One decision tree."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, Size, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

LEAVES = (8, 32, 128)


def sizes(data: Dataset) -> tuple[Size, ...]:
    return tuple(Size(f"{n}", grid(max_leaf_nodes=(n,), min_samples_leaf=(1, 5))) for n in LEAVES)


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

    kind: Any = DecisionTreeClassifier if data.task == "classification" else DecisionTreeRegressor
    return sklearn_graph(kind(**options, random_state=seed), data, name)


CANDIDATE = Candidate("tree", "one decision tree, of so many leaves", ("classification", "regression"), sizes, fit)
