"""Nearest neighbours behind a scaler, condensed to prototypes within a budget of bytes."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, Size, behind_scaler, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

BUDGETS = (1024, 2048, 4096)
"""Bytes of prototypes."""


def sizes(data: Dataset) -> tuple[Size, ...]:
    asked: Any = {"scaled": (False, True), "n_neighbors": (3,)}
    return tuple(Size(f"{budget}", grid(budget_bytes=(budget,), **asked)) for budget in BUDGETS)


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.neighbors import KNeighborsClassifier

    given: dict[str, Any] = dict(options)
    scaled, budget_bytes = given.pop("scaled"), given.pop("budget_bytes")
    estimator = KNeighborsClassifier(**given)
    return sklearn_graph(behind_scaler(estimator) if scaled else estimator, data, name, budget_bytes=budget_bytes)


CANDIDATE = Candidate(
    "neighbours", "nearest neighbours, condensed to so many bytes of prototypes", ("classification",), sizes, fit
)
