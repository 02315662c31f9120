"""What `from_sklearn` is asked for: a fitted estimator with the steps before it, and how it is to be a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lapel.errors import InputError, some
from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.ir.origin import Task, decide, r2
from lapel.wish import Accumulators

Output = Literal["logits", "probabilities"]
Input = Literal["auto", "int8", "int16", "float", "scaled"]

LARGEST = 1e30
"""Calibration data beyond this overflows float32 somewhere."""


@dataclass(frozen=True, eq=False)
class Asked:
    """steps: fitted transformers, the first one first. last: the estimator behind them, and its form. data: float64
    [n, features] of calibration. features: how the columns are called, if known. votes: of a leaf, of trees.
    accumulators: of layers."""

    name: str
    steps: Sequence[Any]
    last: Any
    form: EstimatorForm
    data: np.ndarray
    features: tuple[str, ...]
    output: Output
    input: Input
    votes: int | None = None
    accumulators: Accumulators = "int32"

    @property
    def probabilities(self) -> bool:
        return self.output == "probabilities"

    @property
    def task(self) -> Task:
        return self.form.task(self.last)

    def called(self, feature: int) -> str:
        """A feature by its name, or its number."""
        return f"feature {self.features[feature]!r}" if self.features else f"feature {feature}"


def check_calibration(calibration: Any, first: Any) -> np.ndarray:
    """float64 [n, features] of calibration data. first: the step, or estimator, that takes it.

    Raises InputError where it is not what that was fitted with, or no finite numbers.
    """
    features, known = int(first.n_features_in_), tuple(map(str, getattr(first, "feature_names_in_", ())))
    names = getattr(calibration, "columns", None)
    if names is not None and known and tuple(map(str, names)) != known:
        raise InputError(
            f"calibration data has columns {some(names)}, expected those that the estimator was fitted with: "
            f"{some(known)}"
        )
    try:
        data = np.asarray(calibration, np.float64)
    except (TypeError, ValueError) as e:
        raise InputError(f"calibration data is not numeric ({e}), expected numbers [n, {features}]") from e
    if data.ndim != 2 or data.shape[1] != features or len(data) == 0:
        raise InputError(f"calibration data is {list(data.shape)}, expected [n, {features}] with n >= 1")
    bad = np.argwhere(~np.isfinite(data))
    if len(bad):
        raise InputError(
            f"calibration data has {len(bad)} NaN or infinite values, the first at {bad[0].tolist()}, "
            "expected finite ones: remove or impute them"
        )
    if np.abs(data).max() > LARGEST:
        raise InputError(f"calibration data reaches {np.abs(data).max():.3g}, expected at most {LARGEST:g}: scale it")
    return data


def lost(found: np.ndarray, want: np.ndarray, threshold: float, task: Task) -> float:
    """The share of samples whose class is another one than the float model's; of a regression, of the variance."""
    if task == "regression":
        explained = r2(found, want)
        return 0.0 if explained is None else 1 - explained
    a, b = (decide(v, threshold, task).reshape(len(v), -1) for v in (found, want))
    return float((a != b).any(axis=1).mean())
