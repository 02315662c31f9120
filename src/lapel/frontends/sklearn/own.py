"""Estimators that write their graph themselves, whose integers were chosen when they were trained.

One has a method `as_graph(name, slope, offset)`: the graph of batch 1 that takes raw features where scalers stand
before it, whose outputs are those of slope · x + offset; both are None where there are none. (`lapel.classical` has
such estimators.)
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from lapel.errors import InputError, UnsupportedModel
from lapel.frontends.sklearn.forms import step_forms
from lapel.frontends.sklearn.parts import compose, flat_steps, kind_of, step_problems
from lapel.ir import Graph


def writes_graph(estimator: Any) -> bool:
    """Whether it is such an estimator, or a pipeline or search that ends in one."""
    try:
        return callable(getattr(flat_steps(estimator)[-1], "as_graph", None))
    except InputError:  # a search that has found nothing: what reads other estimators says so
        return False


def graph_written_by(estimator: Any, name: str) -> Graph:
    """The graph of a fitted one; raises UnsupportedModel with every problem of the steps before it, else InputError."""
    from sklearn.exceptions import NotFittedError
    from sklearn.utils.validation import check_is_fitted

    *steps, last = flat_steps(estimator)
    problems = [p for s in steps for p in step_problems(s)]
    if problems:
        raise UnsupportedModel(type(estimator).__name__, problems)
    for step in (*steps, last):
        try:
            check_is_fitted(step)
        except NotFittedError as e:
            found = f"{type(estimator).__name__}: {kind_of(step)} is not fitted"
            raise InputError(f"{found}, expected a fitted one: call fit first") from e
    if not steps:
        return last.as_graph(name)
    n = int(steps[0].n_features_in_)
    affines = [step_forms()[type(step).__name__].affine(step, n) for step in steps]
    mixing = [kind_of(step) for step, a in zip(steps, affines, strict=True) if a.mixes]
    if mixing:
        found = f"step {mixing[0]} mixes features before {kind_of(last)}, which projects them itself"
        raise UnsupportedModel(type(estimator).__name__, [f"{found}, expected scalers alone: leave it out"])
    slope, offset = compose(affines, n)
    graph: Graph = last.as_graph(name, np.asarray(slope), np.asarray(offset))
    names = tuple(map(str, getattr(steps[0], "feature_names_in_", ())))
    return replace(graph, origin=replace(graph.origin, features=names or graph.origin.features))
