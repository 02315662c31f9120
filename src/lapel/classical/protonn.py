"""ProtoNN: nearest prototypes after a projection, all of it learned together and computed in integers.

Source: Gupta et al., ProtoNN: Compressed and Accurate kNN for Resource-scarce Devices, ICML 2017. Other than there,
sizes follow from a budget in bytes, what is to be small is not sparse but has four bits (projection and prototypes),
and a prototype has one class and a weight instead of a row of labels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.classical.descent import Arrays, Schedule, descend, rounded, score_gradients
from lapel.classical.encoding import Input
from lapel.classical.estimator import StatelessClassifier, spread_over, whole
from lapel.classical.projection import (
    MOST,
    OUTLIERS,
    REACH,
    Features,
    Grid,
    grid_of,
    principal,
    project,
    projection_bytes,
)
from lapel.errors import UnfitData
from lapel.ir import Quant, Tensor

SHARP = 6.0
"""At first, what scores are multiplied by before they are logits."""
MOST_EXPONENT = 3.0
"""Of a prototype's part in a score."""
TABLE_ENTRIES = 96
PEAK = 255
"""The table's greatest entry."""
VANISHED = 0.5 / PEAK
"""What is below it has no entry in the table."""
CLIPPED = 2.0
"""Percent of training samples whose nearest prototype is so near that the table makes no difference any more."""
STRUCT_BYTES = 60
"""Bound of what the kernels' params take beside weights and tables."""
BEST_DIMS, BEST_PER_CLASS = 16, 10
"""Where more dimensions, and more prototypes a class, gained nothing on validation splits of handwritten digits."""
MOST_PER_CLASS = 127
"""So that a class's score has 15 bits."""


@dataclass(frozen=True)
class Sizes:
    """How much of everything there is."""

    features: int
    of: int
    dims: int
    prototypes: int
    classes: int

    @property
    def bytes(self) -> int:
        """A bound on the constants of the model."""
        projection = projection_bytes(self.features, self.dims, self.of)
        each = (self.dims + 1) // 2 + 2
        return projection + self.prototypes * each + self.classes + TABLE_ENTRIES + STRUCT_BYTES


@dataclass(frozen=True)
class Grids:
    """The integers of a settled network; prototypes are multiples of 2^fine steps of what is projected."""

    projection: Grid
    fine: int

    @property
    def step(self) -> float:
        return self.projection.unit * 2.0**self.fine


class ProtoNet:
    """The network: projection w, bias; prototypes b, class by class; logarithms of their weights, of gamma, and of what
    scores are multiplied by."""

    def __init__(self, sizes: Sizes, features: Features, x: np.ndarray, labels: np.ndarray, rng: Any) -> None:
        self.features = features
        self.grids: Grids | None = None
        self.greatest = 0.0
        self.counts = spread_over(sizes.classes, sizes.prototypes)
        self.of_class = np.repeat(np.eye(sizes.classes), self.counts, axis=0)
        w = principal(x, sizes.dims)
        z = x @ w.T
        b = np.concatenate([_centres(rng, z[labels == c], n) for c, n in enumerate(self.counts)])
        near = squared_distances(z, b).min(axis=1)
        self.params: Arrays = {
            "w": w,
            "bias": np.zeros(sizes.dims),
            "b": b,
            "weight": np.zeros(len(b)),
            "gamma": np.array(-np.log(max(float(np.median(near)), 1e-3))),
            "sharp": np.array(np.log(SHARP)),
        }

    def values(self) -> tuple[np.ndarray, np.ndarray]:
        """(projection, prototypes), rounded if settled."""
        w, b = self.params["w"] * self.features.varies, self.params["b"]
        if self.grids is None:
            return w, b
        return rounded(w, self.grids.projection.step, MOST), rounded(b, self.grids.step, MOST)

    def gradients(self, x: np.ndarray, labels: np.ndarray) -> Arrays:
        w, b = self.values()
        gamma, sharp = (float(np.exp(self.params[name])) for name in ("gamma", "sharp"))
        z = x @ w.T + self.params["bias"]
        passed: Any = 1.0
        if self.grids is not None:
            unit = self.grids.projection.unit
            passed = np.abs(z) <= REACH * unit
            z = rounded(z, unit, REACH)
        d = squared_distances(z, b)
        near = np.exp(np.minimum(self.params["weight"] - gamma * d, MOST_EXPONENT))
        sums = near @ self.of_class
        g_sums = sharp * score_gradients(sharp * sums, labels)
        g_near = near * (g_sums @ self.of_class.T)
        g_d = -gamma * g_near
        g_z = 2 * (g_d.sum(axis=1)[:, None] * z - g_d @ b) * passed
        return {
            "w": g_z.T @ x,
            "bias": g_z.sum(axis=0),
            "b": -2 * (g_d.T @ z - g_d.sum(axis=0)[:, None] * b),
            "weight": g_near.sum(axis=0),
            "gamma": np.array((g_d * d).sum()),
            "sharp": np.array((g_sums * sums).sum()),
        }

    def settle(self, x: np.ndarray) -> None:
        w, b = self.values()
        grid = grid_of(w, x @ w.T + self.params["bias"], self.features.spread, MOST)
        # Prototypes at the rim are what tells classes apart: they are not clipped.
        reach = float(np.percentile(np.abs(b), 100 - OUTLIERS))
        fine = int(np.clip(np.ceil(np.log2(max(reach, grid.unit) / (MOST * grid.unit))), 1, 7))
        self.grids = Grids(grid, fine)

    def finish(self, x: np.ndarray) -> None:
        """Note how near the nearest prototypes of training samples are: the table has its greatest entry there."""
        w, b = self.values()
        exponents = self.params["weight"] - np.exp(self.params["gamma"]) * squared_distances(
            x @ w.T + self.params["bias"], b
        )
        self.greatest = float(np.percentile(exponents.max(axis=1), 100 - CLIPPED))

    def scores(self, q: np.ndarray) -> np.ndarray:
        w, b = self.values()
        d = squared_distances(self.features(q) @ w.T + self.params["bias"], b)
        near = np.exp(self.params["weight"] - np.exp(self.params["gamma"]) * d)
        return np.asarray(np.exp(self.params["sharp"]) * near @ self.of_class)

    def write(self, b: GraphBuilder, x: Tensor) -> Tensor:
        assert self.grids is not None
        w, prototypes = self.values()
        z = project(b, x, w, self.params["bias"], self.grids.projection, self.features)
        weight = self.params["weight"]
        table, drop = self._table()
        constants = {
            "prototypes": np.rint(prototypes / self.grids.step).astype(np.int8),
            "offset": np.rint((weight.max() - weight) / self._rate()).astype(np.int32),
            "counts": np.array(self.counts, np.uint8),
            "table": table,
        }
        made = (b.constant(f"protonn/{name}", value) for name, value in constants.items())
        scores = b.node("protonn", z, *made, name="scores", fine=self.grids.fine, drop=drop)
        one = np.exp(self.params["sharp"] + self.greatest) / PEAK
        return b.standing_for(scores, Quant((float(np.float32(one)),), (0,)))

    def _rate(self) -> float:
        """By what an integer distance, as the operator has it, makes the exponent smaller."""
        assert self.grids is not None
        return float(np.exp(self.params["gamma"])) * self.grids.projection.unit**2 * 2.0 ** (self.grids.fine + 1)

    def _table(self) -> tuple[np.ndarray, int]:
        """(entries of exp(-rate · v), by how many bits a distance is shifted to their index)."""
        above = self.params["weight"].max() - self.greatest
        reach = (above - np.log(VANISHED)) / self._rate()
        drop = int(np.clip(np.ceil(np.log2(reach / (TABLE_ENTRIES - 1))), 0, 30))
        entries = min(TABLE_ENTRIES, int(np.ceil(reach / 2**drop)) + 1)
        middles = (np.arange(entries) + 0.5) * 2.0**drop
        return np.rint(PEAK * np.exp(np.minimum(above - self._rate() * middles, 0.0))).astype(np.uint8), drop


class ProtoNNClassifier(StatelessClassifier[ProtoNet]):
    """Classes by the nearest of some learned prototypes, in at most `budget_bytes` of constants.

    max_features: the most that the projection looks at, None for all. projection_dim, prototypes: None for what the
    budget allows, up to where more gains little. input: `int8`, one scale for all features; `float`: float32, which the
    device scales feature by feature; `auto`: int8 where that costs no feature more than 1 % of its variance.
    """

    def __init__(
        self,
        budget_bytes: int = 2048,
        *,
        max_features: int | None = None,
        projection_dim: int | None = None,
        prototypes: int | None = None,
        epochs: int = 80,
        batch_size: int = 64,
        learning_rate: float = 0.03,
        decay: float = 0.01,
        input: Input = "auto",
        random_state: Any = None,
    ) -> None:
        self.budget_bytes = budget_bytes
        self.max_features = max_features
        self.projection_dim = projection_dim
        self.prototypes = prototypes
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.input = input
        self.random_state = random_state

    def _learn(self, q: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> ProtoNet:
        features = Features.of(q).most_telling(q, self.max_features or q.shape[1])
        x = features(q)
        network = ProtoNet(self._sizes(x.shape[1], labels), features, x, labels, rng)
        descend(network, x, labels, Schedule(self.epochs, self.batch_size, self.learning_rate, self.decay), rng)
        network.finish(x)
        return network

    def _sizes(self, features: int, labels: np.ndarray) -> Sizes:
        """Dimensions first, as far as two thirds of the budget go; what is left are prototypes."""
        classes = len(self.classes_)
        fewest = self.prototypes or classes
        if not classes <= fewest <= MOST_PER_CLASS * classes:
            expected = f"{classes} to {MOST_PER_CLASS * classes}, one for each class at least"
            raise UnfitData(f"{type(self).__name__}: prototypes is {fewest}, expected {expected}")
        dims = self.projection_dim or min(features, BEST_DIMS)
        while (
            self.projection_dim is None
            and dims > 1
            and self._crowded(Sizes(features, self.n_features_in_, dims, fewest, classes))
        ):
            dims -= 1
        least = Sizes(features, self.n_features_in_, dims, fewest, classes)
        if least.bytes > self.budget_bytes:
            raise self._too_small(least.bytes)
        each = replace(least, prototypes=fewest + 1).bytes - least.bytes
        most = min(BEST_PER_CLASS * classes, max(len(labels) // 4, classes))
        more = min((self.budget_bytes - least.bytes) // each, max(most - fewest, 0))
        return replace(least, prototypes=self.prototypes or fewest + more)

    def _crowded(self, sizes: Sizes) -> bool:
        """Whether the projection leaves less than a third of the budget for prototypes, or too little for any."""
        alone = replace(sizes, prototypes=0).bytes
        return sizes.bytes > self.budget_bytes or 3 * alone > 2 * self.budget_bytes

    def _whole_numbers(self) -> dict[str, Any]:
        given = whole(max_features=self.max_features, projection_dim=self.projection_dim, prototypes=self.prototypes)
        return {**given, "epochs": self.epochs, "batch_size": self.batch_size}


def _centres(rng: np.random.Generator, z: np.ndarray, count: int, rounds: int = 10) -> np.ndarray:
    """[count, D]: means of clusters, by Lloyd's algorithm from samples that are drawn."""
    centres = z[rng.choice(len(z), count, replace=len(z) < count)].copy()
    for _ in range(rounds):
        nearest = squared_distances(z, centres).argmin(axis=1)
        for k in np.unique(nearest):
            centres[k] = z[nearest == k].mean(axis=0)
    return centres


def squared_distances(z: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[n, M]: squared distances of z [n, D] and b [M, D]."""
    return np.asarray(np.maximum((z**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * z @ b.T, 0))
