"""Fitted trees of scikit-learn as float trees."""

from __future__ import annotations

from dataclasses import replace
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
        np.asarray(fitted.missing_go_to_left, bool) if hasattr(fitted, "missing_go_to_left") else None,
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


def boosted(model: Any) -> Ensemble:
    """What a gradient boosting begins with, and the sum of its trees times the learning rate."""
    stages = model.estimators_
    outputs, grown = stages.shape[1], []
    for stage in stages:
        for k, fitted in enumerate(t.tree_ for t in stage):
            values = np.zeros((fitted.node_count, outputs))
            values[:, k] = np.asarray(fitted.value[:, 0, 0], np.float64) * model.learning_rate
            grown.append(tree_of(fitted, values))
    n = int(model.n_features_in_)
    start = np.zeros(outputs) if model.init_ == "zero" else model._raw_predict_init(np.zeros((1, n), np.float32))[0]
    return Ensemble(tuple(grown), np.asarray(start, np.float64), n, "numbers")


def own_start(model: Any) -> list[str]:
    """The problem of a boosting that begins with what another estimator says."""
    if model.init in (None, "zero"):
        return []
    kind, found = type(model).__name__, type(model.init).__name__
    return [f"{kind} begins with what a {found} says, expected a constant: train with init=None"]


def histogram_boosted(model: Any) -> Ensemble:
    """The same of histograms, which compares features in float64."""
    rounds, grown = model._predictors, []
    outputs = len(rounds[0])
    for stage in rounds:
        for k, nodes in enumerate(p.nodes for p in stage):
            leaf = nodes["is_leaf"].astype(bool)
            values = np.zeros((len(nodes), outputs))
            values[:, k] = np.where(leaf, nodes["value"], 0.0)
            left, right = (np.where(leaf, -1, nodes[side].astype(np.int64)) for side in ("left", "right"))
            feature = nodes["feature_idx"].astype(np.int64)
            missing = nodes["missing_go_to_left"].astype(bool)
            grown.append(Tree(feature, nodes["num_threshold"].astype(np.float64), left, right, values, missing))
    start = np.asarray(model._baseline_prediction, np.float64).reshape(-1)
    return Ensemble(tuple(grown), start, int(model.n_features_in_), "numbers", single=False)


def no_categories(model: Any) -> list[str]:
    """The problem of features that are categories: their nodes have sets, and no thresholds."""
    if getattr(model, "is_categorical_", None) is None or not any(model.is_categorical_):
        return []
    kind, count = type(model).__name__, int(sum(model.is_categorical_))
    return [f"{kind} has {count} categorical features, expected numbers: train with categorical_features=None"]


def isolating(model: Any) -> Ensemble:
    """The mean length of a sample's paths, less the length from which on it is no outlier.

    A path ends as many nodes below the root as the leaf is, and as many more as a search among its training samples
    takes. Source: Liu, Ting, Zhou, Isolation Forest, ICDM 2008.
    """
    count, grown = len(model.estimators_), []
    for tree, own in zip(model.estimators_, model.estimators_features_, strict=True):
        fitted = tree.tree_
        lengths = _depths(fitted) + mean_path(np.asarray(fitted.n_node_samples, np.float64))
        made = tree_of(fitted, lengths[:, None] / count)
        grown.append(replace(made, feature=np.asarray(own, np.int64)[np.maximum(made.feature, 0)]))
    limit = -mean_path(np.array([float(model._max_samples)]))[0] * np.log2(-float(model.offset_))
    return Ensemble(tuple(grown), np.array([-limit]), int(model.n_features_in_), "numbers")


def mean_path(samples: np.ndarray) -> np.ndarray:
    """float64: the mean length of an unsuccessful search among so many, by which isolation forests end their paths."""
    many = np.maximum(samples, 3)
    found = 2 * (np.log(many - 1) + np.euler_gamma) - 2 * (many - 1) / many
    return np.where(samples <= 1, 0.0, np.where(samples == 2, 1.0, found))


def _depths(fitted: Any) -> np.ndarray:
    """float64 [M]: how many nodes are above each; children come after their parents."""
    depths = np.zeros(fitted.node_count)
    for at in np.flatnonzero(fitted.children_left >= 0):
        depths[[fitted.children_left[at], fitted.children_right[at]]] = depths[at] + 1
    return depths


def identity_link(model: Any, expected: tuple[str, ...]) -> list[str]:
    """The problem of a loss whose sums are not yet the numbers."""
    if model.loss in expected:
        return []
    return [f"loss is {model.loss!r}, expected one of {', '.join(map(repr, expected))}, whose sums are the numbers"]
