"""`Origin`: what is known of the model that a graph was made from, and what class scores stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

Label = str | int | float | bool
Task = Literal["unknown", "classification", "multilabel", "regression"]


@dataclass(frozen=True)
class Agreement:
    """How far a quantized model says what its float model says, as it was measured when it was quantized.

    share: of samples that get the same class or, where outputs are numbers, the coefficient of determination (R²) of
    them against the float model's. of: which of both. samples: on so many.
    """

    share: float
    of: Literal["classes", "numbers"]
    samples: int


@dataclass(frozen=True, eq=False)
class Origin:
    """What a graph was made from. Nothing of it changes what the graph computes, nor its digest.

    task: what the outputs are for. classes: each class's label in the order of the scores; two for a single score, the
    one below the threshold first; of a multilabel model, the name of each output. features: names of the columns of an
    input row. numbers: samples are plain numbers, whatever their dtype (else an integer may be a pixel, or quantized
    already). scores: the float model, float64 samples (N, …) as the graph's input stands for them -> float64 (N,
    outputs) as its output stands for them. warnings: what a user has to know about the conversion, a sentence each.
    agreement: with the float model, where it was measured. layouts: of inputs and outputs whose axes stand in another
    order than in that model; the graph's array is the model's `.transpose(perm)`. missing: whether samples may have
    NaN, for values that are missing.
    """

    task: Task = "unknown"
    classes: tuple[Label, ...] = ()
    features: tuple[str, ...] = ()
    numbers: bool = False
    scores: Callable[[np.ndarray], np.ndarray] | None = None
    warnings: tuple[str, ...] = ()
    agreement: Agreement | None = None
    layouts: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    missing: bool = False


def decide(scores: np.ndarray, threshold: float, task: Task) -> np.ndarray:
    """The class index of each row of real scores (N, K): the first of the largest; of one score, whether it is above.

    Of a multilabel model, (N, K) flags.
    """
    if task == "multilabel":
        return np.asarray(scores > threshold).astype(np.int64)
    if scores.shape[1] == 1:
        return np.asarray(scores[:, 0] > threshold).astype(np.int64)
    return np.asarray(scores.argmax(axis=1))


def r2(found: np.ndarray, want: np.ndarray) -> float | None:
    """The coefficient of determination of (N, K) outputs, the mean of all columns; None where it is not defined.

    It is not for fewer than two samples, or where a column of `want` is constant.
    """
    spread = ((want - want.mean(axis=0)) ** 2).sum(axis=0) if len(want) else np.zeros(1)
    if len(want) < 2 or not (spread > 0).all():
        return None
    return float(np.mean(1 - ((found - want) ** 2).sum(axis=0) / spread))
