"""Gaussian naive Bayes: features are independent and normal in each class."""

from __future__ import annotations

from lapel.contest.candidate import Candidate, Options, Size, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

SMOOTHING = (1e-3, 1e-2, 1e-1)


def sizes(data: Dataset) -> tuple[Size, ...]:
    return (Size("", grid(var_smoothing=SMOOTHING)),)


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.naive_bayes import GaussianNB

    return sklearn_graph(GaussianNB(**options), data, name)


CANDIDATE = Candidate("bayes", "Gaussian naive Bayes", ("classification",), sizes, fit)
