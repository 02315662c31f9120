"""A projection to fewer dimensions that is trained as floats and computed by the operator `project`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.building import GraphBuilder
from lapel.classical.descent import best_step, rounded
from lapel.ir import Tensor

MOST = 7
"""Of weights of four bits, in magnitude."""
REACH = 127
"""Of projected values, in steps."""
OUTLIERS = 0.1
"""Percent of projected values that may be beyond it."""


@dataclass(frozen=True, eq=False)
class Features:
    """int8 features as a network sees them: (q - mean) / spread, one spread for all; those that do not vary are 0."""

    mean: np.ndarray
    spread: float
    varies: np.ndarray

    @classmethod
    def of(cls, q: np.ndarray) -> Features:
        """Those of training samples, integers [n, K]."""
        q = q.astype(np.float64)
        return cls(q.mean(axis=0), float(q.std()) or 1.0, q.std(axis=0) > 0)

    def __call__(self, q: np.ndarray) -> np.ndarray:
        return np.asarray(np.where(self.varies, (q.astype(np.float64) - self.mean) / self.spread, 0.0))


@dataclass(frozen=True)
class Grid:
    """The integers of a projection: weights are multiples of `step` up to `most` of them, results those of `unit`."""

    step: float
    most: int
    unit: float
    drop: int


def grid_of(w: np.ndarray, z: np.ndarray, spread: float, most: int) -> Grid:
    """For weights [D, K] whose results over all training samples are z [n, D]."""
    step = best_step(w, most)
    reach = float(np.percentile(np.abs(z), 100 - OUTLIERS)) or 1.0
    drop = int(np.clip(np.ceil(np.log2(reach * spread / (step * REACH))), 0, 24))
    return Grid(step, most, step / spread * 2.0**drop, drop)


def project(b: GraphBuilder, x: Tensor, w: np.ndarray, bias: np.ndarray, grid: Grid, features: Features) -> Tensor:
    """The node that computes w @ features + bias in multiples of `grid.unit`, int8; w: [D, K], bias: [D], floats."""
    least = grid.step / features.spread
    weights = np.rint(rounded(w * features.varies, grid.step, grid.most) / grid.step)
    sums = np.rint(bias / least - weights @ features.mean)
    constants = (
        b.constant("projection/weights", weights.astype(np.int8)),
        b.constant("projection/bias", np.clip(sums, -(2**30), 2**30).astype(np.int32)),
    )
    return b.node("project", x, *constants, name="projection", drop=grid.drop)


def principal(x: np.ndarray, dims: int) -> np.ndarray:
    """[dims, K]: the principal axes of centred samples [n, K]; zeros where there are fewer."""
    _, vectors = np.linalg.eigh(x.T @ x / len(x))
    w = np.zeros((dims, x.shape[1]))
    found = vectors[:, ::-1].T[:dims]
    w[: len(found)] = found
    return w
