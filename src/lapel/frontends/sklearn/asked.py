"""What `from_sklearn` is asked for: a fitted estimator with the steps before it, and how it is to be a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from lapel.frontends.sklearn.forms import EstimatorForm
from lapel.ir.origin import Task
from lapel.wish import Accumulators

Output = Literal["logits", "probabilities"]
Input = Literal["auto", "int8", "int16", "float", "scaled"]


@dataclass(frozen=True, eq=False)
class Asked:
    """steps: fitted transformers, the first one first. last: the estimator behind them, and its form. data: float64
    [n, features] of calibration. features: how the columns are called, if known. votes: of a leaf, of trees. outliers:
    the share of the data that a detector takes for such. accumulators: of layers. budget_bytes: of the prototypes of
    neighbours."""

    name: str
    steps: Sequence[Any]
    last: Any
    form: EstimatorForm
    data: np.ndarray
    features: tuple[str, ...]
    output: Output
    input: Input
    votes: int | None = None
    outliers: float | None = None
    accumulators: Accumulators = "int32"
    budget_bytes: int | None = None

    @property
    def probabilities(self) -> bool:
        return self.output == "probabilities"

    @property
    def task(self) -> Task:
        return self.form.task(self.last)
