"""A projection to fewer dimensions that is trained as floats and computed by the operator `project`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lapel.building import GraphBuilder
from lapel.classical.descent import best_step, rounded
from lapel.ir import Tensor
from lapel.ops import evaluate

GATHER_BYTES = 28
"""Bound of what choosing features takes beside two bytes for each."""
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
    chosen: np.ndarray | None = None
    """Indexes of those that are looked at, in order; None for all."""

    @classmethod
    def of(cls, q: np.ndarray) -> Features:
        """Those of training samples, integers [n, K]."""
        q = q.astype(np.float64)
        return cls(q.mean(axis=0), float(q.std()) or 1.0, q.std(axis=0) > 0)

    def most_telling(self, q: np.ndarray, count: int) -> Features:
        """Those `count` features that together explain the others best, or all if there are no more.

        One after the other that with the greatest variance that those before do not explain: Cholesky decomposition of
        the covariances with pivots.
        """
        if count >= len(self.mean):
            return self
        x = self(q)
        left, found = x.T @ x / len(x), []
        for _ in range(count):
            k = int(left.diagonal().argmax())
            if left[k, k] <= 1e-9:
                break
            column = left[:, k] / np.sqrt(left[k, k])
            left -= np.outer(column, column)
            found.append(k)
        at = np.array(sorted(found) or [0])
        return Features(self.mean[at], self.spread, self.varies[at], at)

    def __call__(self, q: np.ndarray) -> np.ndarray:
        q = q if self.chosen is None else q[..., self.chosen]
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


def project(
    b: GraphBuilder,
    x: Tensor,
    w: np.ndarray,
    bias: np.ndarray,
    grid: Grid,
    features: Features,
    name: str = "projection",
) -> Tensor:
    """The node that computes w @ features + bias in multiples of `grid.unit`, int8; w: [D, K], bias: [D], floats."""
    weights, sums = _integers(w, bias, grid, features)
    if features.chosen is not None:
        indexes = b.constant(f"{name}/features", features.chosen.astype(np.int32))
        x = b.node("gather", x, indexes, name=f"{name}/chosen", axis=1, batch=0)
    constants = b.constant(f"{name}/weights", weights), b.constant(f"{name}/bias", sums)
    return b.node("project", x, *constants, name=name, drop=grid.drop)


def projected(q: np.ndarray, w: np.ndarray, bias: np.ndarray, grid: Grid, features: Features) -> np.ndarray:
    """float64 [n, D]: the integers of that node, of many samples [n, K], by its reference."""
    b = GraphBuilder("projection")
    graph = b.graph(project(b, b.input("x", q.shape, "int8"), w, bias, grid, features))
    return evaluate(graph, {"x": q})[graph.results[0]].astype(np.float64)


def _integers(w: np.ndarray, bias: np.ndarray, grid: Grid, features: Features) -> tuple[np.ndarray, np.ndarray]:
    """(weights int8 [D, K], bias int32 [D])."""
    weights = np.rint(rounded(w * features.varies, grid.step, grid.most) / grid.step)
    sums = np.rint(bias * features.spread / grid.step - weights @ features.mean)
    return weights.astype(np.int8), np.clip(sums, -(2**30), 2**30).astype(np.int32)


def projection_bytes(features: int, dims: int, of: int) -> int:
    """A bound on the constants of a projection that looks at `features` of so many."""
    chosen = 2 * features + GATHER_BYTES if features < of else 0
    return dims * ((features + 1) // 2 + 4) + chosen


def principal(x: np.ndarray, dims: int) -> np.ndarray:
    """[dims, K]: the principal axes of centred samples [n, K]; zeros where there are fewer."""
    _, vectors = np.linalg.eigh(x.T @ x / len(x))
    w = np.zeros((dims, x.shape[1]))
    found = vectors[:, ::-1].T[:dims]
    w[: len(found)] = found
    return w
