"""Ensembles of decision trees: thresholds that decide as the estimator's for every number that the input can hold."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from lapel.errors import UnsupportedModel
from lapel.frontends._trees import Grown, import_trees
from lapel.frontends.sklearn.asked import Asked
from lapel.frontends.sklearn.forms import step_forms
from lapel.ir import Graph


def convert(asked: Asked) -> Graph:
    """The estimator as a graph of one node, of batch 1."""
    ensemble = replace(asked.form.parts(asked.last, asked.probabilities), transform=_transform(asked))
    grown = Grown(type(asked.last).__name__, ensemble, asked.task, asked.form.classes(asked.last), asked.features)
    grown = replace(grown, missing=asked.form.package != "sklearn")
    return import_trees(asked.name, grown, asked.data, asked.input, asked.votes)


def _transform(asked: Asked) -> Any:
    """All steps one after the other; raises UnsupportedModel for one of which thresholds cannot be moved before it."""
    n = int((*asked.steps, asked.last)[0].n_features_in_)
    mixing = [s for s in asked.steps if step_forms()[type(s).__name__].affine(s, n).mixes]
    if mixing:
        kind = type(mixing[0]).__name__
        problem = f"step {kind} mixes features, expected scalers before trees: apply it to the data before the model"
        raise UnsupportedModel(type(asked.last).__name__, [problem])
    return partial(_apply, tuple(asked.steps))


def _apply(steps: Sequence[Any], x: np.ndarray) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="X does not have valid feature names")
        for step in steps:
            x = np.asarray(step.transform(x), np.float64)
    return x
