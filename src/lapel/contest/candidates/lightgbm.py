"""Gradient boosting by LightGBM."""

from __future__ import annotations

from typing import Any

from lapel.contest.candidate import Candidate, Options, sklearn_graph
from lapel.contest.candidates.boosting import sizes_called
from lapel.data import Dataset
from lapel.ir import Graph


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind: Any = LGBMClassifier if data.task == "classification" else LGBMRegressor
    given: dict[str, Any] = {"n_jobs": 1, "random_state": seed, "deterministic": True, "verbose": -1}
    return sklearn_graph(kind(**options, **given), data, name)


CANDIDATE = Candidate(
    "lightgbm", "LightGBM, so many rounds of trees of so many leaves", ("classification", "regression"),
    sizes_called("n_estimators", "num_leaves"), fit, package="lightgbm", imports=("sklearn", "lightgbm"),
)  # fmt: skip
