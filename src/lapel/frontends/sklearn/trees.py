"""Fitted trees of scikit-learn as float trees."""

from __future__ import annotations

from typing import Any

import numpy as np

from lapel.ensembles import Ensemble, Tree


def tree_of(fitted: Any, values: np.ndarray) -> Tree:
    """A `tree_` with these numbers of its nodes, float64 [M, O]."""
    return Tree(
        np.asarray(fitted.feature, np.int64),
        np.asarray(fitted.threshold, np.float64),
        np.asarray(fitted.children_left, np.int64),
        np.asarray(fitted.children_right, np.int64),
        values,
    )


def class_votes(trees: list[Any]) -> Ensemble:
    """The mean of the class probabilities of these estimators."""
    grown = []
    for fitted in (t.tree_ for t in trees):
        counts = np.asarray(fitted.value[:, 0, :], np.float64)
        grown.append(tree_of(fitted, counts / counts.sum(axis=1, keepdims=True) / len(trees)))
    return Ensemble(tuple(grown), np.zeros(grown[0].values.shape[1]), int(trees[0].n_features_in_), "votes")


def mean_of_numbers(trees: list[Any]) -> Ensemble:
    """The mean of the numbers of these estimators."""
    grown = [tree_of(t.tree_, np.asarray(t.tree_.value[:, :, 0], np.float64) / len(trees)) for t in trees]
    return Ensemble(tuple(grown), np.zeros(grown[0].values.shape[1]), int(trees[0].n_features_in_), "numbers")


def one_output(model: Any, probabilities: bool) -> list[str]:
    """The problem of a classifier of several labels at once."""
    if getattr(model, "n_outputs_", 1) > 1:
        kind = type(model).__name__
        return [f"{kind} has {model.n_outputs_} labels a sample, expected one: train a model for each"]
    return []
