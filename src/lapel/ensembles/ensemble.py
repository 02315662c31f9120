"""`Ensemble`: decision trees over floats, as libraries that train them have them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Transform = Callable[[np.ndarray], np.ndarray]
"""float64 [N, F] -> [N, F], feature by feature, each of them not falling."""


def unchanged(x: np.ndarray) -> np.ndarray:
    return x


@dataclass(frozen=True, eq=False)
class Tree:
    """feature: int64 [M]. threshold: float64 [M], and x goes to `left` where it is <= threshold, else to `right`: int64
    [M], nodes; a leaf has a left of -1. values: float64 [M, O], of leaves. missing: bool [M], where NaN goes left, of a
    library that takes it."""

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    right: np.ndarray
    values: np.ndarray
    missing: np.ndarray | None = None

    def leaves(self, x: np.ndarray) -> np.ndarray:
        """The leaf of each row of float64 x [N, F]."""
        at = np.zeros(len(x), np.int64)
        while True:
            (row,) = np.nonzero(self.left[at] >= 0)
            if not len(row):
                return at
            node = at[row]
            seen = x[row, self.feature[node]]
            left = seen <= self.threshold[node]
            if self.missing is not None:
                left |= np.isnan(seen) & self.missing[node]
            at[row] = np.where(left, self.left[node], self.right[node])


@dataclass(frozen=True, eq=False)
class Ensemble:
    """trees behind a transform of raw features; what they say is start + the sum of their leaves.

    leaves: what they are; `votes`: rows of probabilities of classes over the number of trees, else numbers. single:
    whether trees compare features in float32, to which they are rounded behind the transform, else in float64.
    """

    trees: tuple[Tree, ...]
    start: np.ndarray
    features: int
    leaves: Literal["votes", "numbers"]
    transform: Transform = unchanged
    single: bool = True

    @property
    def parts_missing(self) -> bool:
        """Whether every tree says where NaN goes."""
        return all(tree.missing is not None for tree in self.trees)

    def without_missing(self) -> Ensemble:
        """The same, which says nothing of NaN."""
        return replace(self, trees=tuple(replace(tree, missing=None) for tree in self.trees))

    def seen(self, x: np.ndarray) -> np.ndarray:
        """float64 [N, F]: what trees compare of raw features."""
        with np.errstate(over="ignore", invalid="ignore"):
            moved = self.transform(x)
            return moved.astype(np.float32).astype(np.float64) if self.single else moved

    def compute(self, x: np.ndarray) -> np.ndarray:
        """float64 [N, O] for raw features [N, …]."""
        raw = np.asarray(x, np.float64).reshape(len(x), -1)
        found = np.repeat(np.asarray(self.start, np.float64)[None], len(raw), axis=0)
        if len(raw):
            seen = self.seen(raw)
            for tree in self.trees:
                found += tree.values[tree.leaves(seen)]
        return found
