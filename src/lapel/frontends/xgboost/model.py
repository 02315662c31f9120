"""A saved model of XGBoost -> trees: what goes left where x < threshold, in float32.

Source: XGBoost, doc/model.schema; src/objective of what margins begin with.
"""

from __future__ import annotations

import json

import numpy as np

from lapel.ensembles import Ensemble, Tree
from lapel.errors import UnsupportedModel, some
from lapel.frontends._boosting import Grower
from lapel.frontends._documents import Document
from lapel.frontends._trees import Grown
from lapel.ir import Task

VERSIONS = (1, 2, 3)
"""Of files that are read, the first number."""
LOGISTIC = "binary:logistic"
"""What it begins with is a probability, whose logit is a margin."""
CLASSES = (LOGISTIC, "binary:hinge", "multi:softmax", "multi:softprob")
NUMBERS = (
    "reg:squarederror",
    "reg:squaredlogerror",
    "reg:pseudohubererror",
    "reg:absoluteerror",
    "reg:quantileerror",
    "rank:ndcg",
    "rank:map",
    "rank:pairwise",
)
"""Objectives whose sums are the numbers."""


def grown_of(document: Document, *, best: bool = False) -> Grown:
    """The trees of a model. best: up to the iteration that an early stopping found best, else all, unless the file says
    that an estimator of scikit-learn's interface saved it, which itself takes these.

    Raises FormatError where the file is damaged, UnsupportedModel with every problem.
    """
    learner = document.at("learner")
    params, objective = learner.at("learner_model_param"), learner.at("objective", "name").text()
    problems = [*_version_problems(document), *_learner_problems(learner, objective)]
    if problems:
        raise UnsupportedModel(document.where, problems)
    groups = max(params.at("num_class").whole(), params.at("num_target").whole() if params.has("num_target") else 1, 1)
    grower = Grower(document.where, params.at("num_feature").whole(), groups)
    booster = learner.at("gradient_booster")
    model = booster.at("gbtree", "model") if booster.has("gbtree") else booster.at("model")
    found, warnings = _counted(learner, model, groups, best)
    weights = booster.at("weight_drop").numbers() if booster.has("weight_drop") else np.ones(len(found))
    trees = _trees(model, found, grower, weights)
    ensemble = Ensemble(trees, _start(params.at("base_score"), objective, groups), grower.features, "numbers")
    task: Task = "classification" if objective in CLASSES else "regression"
    classes = tuple(range(max(groups, 2))) if task == "classification" else ()
    names = tuple(n.text() for n in learner.at("feature_names").each()) if learner.has("feature_names") else ()
    return Grown(document.where, ensemble, task, classes, names, warnings, missing=True)


def _version_problems(document: Document) -> list[str]:
    version = document.at("version").wholes().tolist()
    if version and version[0] in VERSIONS:
        return []
    found = ".".join(map(str, version)) or "none"
    return [f"its version is {found}, expected {VERSIONS[0]} to {VERSIONS[-1]}: save it with such an XGBoost"]


def _learner_problems(learner: Document, objective: str) -> list[str]:
    booster, problems = learner.at("gradient_booster", "name").text(), []
    if booster not in ("gbtree", "dart"):
        problems.append(f"its booster is {booster!r}, expected 'gbtree' or 'dart', which are trees")
    if objective not in (*CLASSES, *NUMBERS):
        expected = f"one whose sums are scores or numbers: {', '.join((*CLASSES, *NUMBERS))}"
        problems.append(f"its objective is {objective!r}, expected {expected}")
    return problems


def _counted(learner: Document, model: Document, groups: int, best: bool) -> tuple[list[Document], tuple[str, ...]]:
    """The trees that count, and what is to be said about it."""
    trees = model.at("trees").each()
    attributes = learner.at("attributes") if learner.has("attributes") else Document({}, learner.where)
    if not attributes.has("best_iteration"):
        return trees, ()
    rounds = attributes.at("best_iteration").whole() + 1
    each = groups * model.at("gbtree_model_param", "num_parallel_tree").whole()
    if best or attributes.has("scikit_learn"):
        return trees[: rounds * each], ()
    said = f"the file notes {rounds} rounds as the best, and all {len(trees) // each} count, as in Booster.predict"
    return trees, (f"{said}: save a slice of the booster, booster[: best_iteration + 1], for these",)


def _trees(model: Document, found: list[Document], grower: Grower, weights: np.ndarray) -> tuple[Tree, ...]:
    groups = model.at("tree_info").wholes()
    if len(groups) < len(found) or len(weights) < len(found) or ((groups < 0) | (groups >= grower.outputs)).any():
        raise model.fail(f"{len(groups)} outputs of {len(found)} trees", f"one of {grower.outputs} a tree")
    categorical = set[int]()
    made = tuple(_tree(t, k, int(groups[k]), grower, weights[k], categorical) for k, t in enumerate(found))
    if categorical:
        which = some(sorted(categorical))
        problem = f"has splits by category of features {which}, expected numbers: encode these before training"
        raise UnsupportedModel(grower.where, [problem])
    return made


def _tree(tree: Document, number: int, group: int, grower: Grower, weight: float, categorical: set[int]) -> Tree:
    """One tree: float32 thresholds t of x < t become those of x <= t."""
    left, right, feature = (tree.at(n).wholes() for n in ("left_children", "right_children", "split_indices"))
    conditions = tree.at("split_conditions").numbers().astype(np.float32)
    if tree.at("tree_param").has("size_leaf_vector") and tree.at("tree_param", "size_leaf_vector").whole() > 1:
        advice = "train with multi_strategy='one_output_per_tree'"
        problem = f"its leaves have a number for each output, expected one: {advice}"
        raise UnsupportedModel(grower.where, [problem])
    kinds = tree.at("split_type").wholes() if tree.has("split_type") else np.zeros(len(left), np.int64)
    if len(kinds) == len(left) == len(feature):
        categorical.update(feature[(kinds != 0) & (left >= 0)].tolist())
    below = np.nextafter(conditions, np.float32(-np.inf)).astype(np.float64)
    values = grower.of_output(conditions.astype(np.float64) * weight, group)
    return grower.tree(number, (feature, below), (left, right), values, tree.at("default_left").wholes() != 0)


def _start(score: Document, objective: str, groups: int) -> np.ndarray:
    """float64 [groups]: the margin that sums begin with, written as a number or a list of them in a text."""
    try:
        found = np.asarray(json.loads(score.text()), np.float64).reshape(-1)
    except (ValueError, TypeError) as e:
        raise score.fail(repr(score.value), "a number") from e
    if len(found) not in (1, groups) or not np.isfinite(found).all():
        raise score.fail(repr(score.value), f"a number, or {groups}")
    if objective == LOGISTIC:
        if not ((found > 0) & (found < 1)).all():
            raise score.fail(repr(score.value), "a probability")
        found = np.log(found / (1 - found))
    return np.broadcast_to(found, groups).copy()
