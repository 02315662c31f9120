"""Linear support vector machine behind a scaler."""

from __future__ import annotations

from lapel.contest.candidate import Candidate, Options, Size, behind_scaler, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

STRENGTHS = (0.001, 0.01, 0.1, 1.0)


def sizes(data: Dataset) -> tuple[Size, ...]:
    return (Size("", grid(C=STRENGTHS)),)


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.svm import LinearSVC

    return sklearn_graph(behind_scaler(LinearSVC(**options, random_state=seed)), data, name)


CANDIDATE = Candidate("svm", "linear support vector machine", ("classification",), sizes, fit)
