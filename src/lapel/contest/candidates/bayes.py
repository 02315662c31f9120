"""Naive Bayes: one normal distribution a class and feature."""

from __future__ import annotations

from lapel.contest.candidate import Candidate, Options, Size, grid, sklearn_graph
from lapel.data import Dataset
from lapel.ir import Graph

SMOOTHED = (1e-9, 1e-4, 1e-2)
"""Of the largest variance, what is added to all of them."""


def sizes(data: Dataset) -> tuple[Size, ...]:
    return (Size("", grid(var_smoothing=SMOOTHED)),)


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from sklearn.naive_bayes import GaussianNB

    return sklearn_graph(GaussianNB(**options), data, name)


CANDIDATE = Candidate("bayes", "naive Bayes of normal distributions", ("classification",), sizes, fit)
