"""Gradient boosting by XGBoost."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, indexed_graph, sklearn_graph
from lapel.contest.candidates.boosting import sizes_called
from lapel.data import Dataset
from lapel.ir import Graph


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from xgboost import XGBClassifier, XGBRegressor

    given: dict[str, Any] = {**options, "grow_policy": "lossguide", "max_depth": 0, "n_jobs": 1, "random_state": seed}
    if data.task == "regression":
        return sklearn_graph(XGBRegressor(**given), data, name)
    return indexed_graph(XGBClassifier(**given), data, name)


CANDIDATE = Candidate(
    "xgboost", "XGBoost, so many rounds of trees of so many leaves", ("classification", "regression"),
    sizes_called("n_estimators", "max_leaves"), fit, package="xgboost", imports=("sklearn", "xgboost"),
)  # fmt: skip
