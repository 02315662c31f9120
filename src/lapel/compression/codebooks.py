"""Code books: the few values that weights of a layer, or of a group of its channels, share.

k-means of one dimension has an exact solution: clusters are intervals of the sorted values, whose best ends dynamic
programming finds. Source: Wang and Song (2011), Ckmeans.1d.dp. Evenly spread values are the start that Han et al.
(2015) found best for what is trained afterwards.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import numpy as np

Start = Literal["kmeans", "linear"]

BINS = 256
"""Of each sign, from 0 to the greatest magnitude: twice as fine as int8."""


def code_book(weights: np.ndarray, count: int, start: Start) -> np.ndarray:
    """float64 [K], ascending: at most `count` values for weights (any shape, none of them 0); K of fewer are all."""
    values, weight = _histogram(weights)
    if len(values) <= count:
        return values
    if start == "linear":
        return np.linspace(values[0], values[-1], count)
    return _kmeans(values, weight, count)


def nearest(book: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """int64 of the weights' shape: for each the index of the value that is nearest, of an ascending book [K]."""
    return np.searchsorted((book[1:] + book[:-1]) / 2, weights).astype(np.int64)


def _histogram(weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(values, how many): means of the weights in each bin that has any, ascending."""
    flat = weights.astype(np.float64).reshape(-1)
    step = np.abs(flat).max() / BINS
    _, inverse, counts = np.unique(np.rint(flat / step), return_inverse=True, return_counts=True)
    return np.bincount(inverse, flat) / counts, counts.astype(np.float64)


def _kmeans(values: np.ndarray, weight: np.ndarray, count: int) -> np.ndarray:
    """float64 [count]: means of the intervals with the least sum of squared differences."""
    mass, first, second = (np.concatenate([[0.0], np.cumsum(weight * values**k)]) for k in range(3))
    n = len(values)
    i, j = np.ogrid[:n, 1 : n + 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        cost = second[j] - second[i] - (first[j] - first[i]) ** 2 / (mass[j] - mass[i])
    cost = np.where(j > i, np.maximum(cost, 0), np.inf)  # [i, j - 1]: of values i to j - 1 as one cluster
    least, begins = cost[0], []
    for _ in range(count - 1):
        total = np.concatenate([[np.inf], least[:-1]])[:, None] + cost
        begins.append(total.argmin(axis=0))
        least = total.min(axis=0)
    ends = [n]
    for begin in reversed(begins):
        ends.append(int(begin[ends[-1] - 1]))
    bounds = [0, *reversed(ends)]
    return np.array([(first[b] - first[a]) / (mass[b] - mass[a]) for a, b in pairwise(bounds)])
