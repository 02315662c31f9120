"""Bonsai: a shallow tree in a learned projection, whose nodes on one path all add to the scores, in integers.

Source: Kumar, Goyal, Varma: Resource-efficient Machine Learning in 2 KB RAM for the Internet of Things, ICML 2017.
Other than there, sizes follow from a budget in bytes, weights have four bits and are not sparse, and tanh is hard.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.classical.descent import Arrays, Schedule, best_step, descend, rounded, score_gradients
from lapel.classical.encoding import Input
from lapel.classical.estimator import StatelessClassifier, whole
from lapel.classical.projection import MOST, REACH, Features, Grid, grid_of, principal, project, projection_bytes
from lapel.ir import Quant, Tensor

FIRST_SHARP, LAST_SHARP = 1.0, 64.0
"""The slope of branches at first, where every sample goes both ways, and in the end, where it goes one."""
ONE = 128
"""The hard tanh's 1, as an integer."""
MOST_SCORE = 2**15 - 1
STRUCT_BYTES = 48
"""Bound of what the kernels' params take beside weights."""
BEST_DIMS, BEST_DEPTH = 14, 3


@dataclass(frozen=True)
class Sizes:
    """How much of everything there is."""

    features: int
    of: int
    dims: int
    depth: int
    classes: int

    @property
    def nodes(self) -> int:
        return 2 ** (self.depth + 1) - 1

    @property
    def bytes(self) -> int:
        """A bound on the constants of the model."""
        row = (self.dims + 1) // 2
        inner = self.nodes // 2
        return (
            projection_bytes(self.features, self.dims, self.of)
            + self.nodes * 2 * self.classes * row
            + inner * (row + 4)
            + STRUCT_BYTES
        )


@dataclass(frozen=True)
class Grids:
    """The integers of a settled network: steps of w and of branches; those of v are 2^-drop / (128 · unit)."""

    projection: Grid
    w: float
    branch: float
    drop: int

    @property
    def v(self) -> float:
        return 2.0**-self.drop / (ONE * self.projection.unit)


class TreeNet:
    """The network: projection p, its bias; w, v [nodes, classes, dims]; branch [inner, dims], its threshold."""

    def __init__(self, sizes: Sizes, features: Features, x: np.ndarray, rng: np.random.Generator) -> None:
        self.features = features
        self.grids: Grids | None = None
        self.sharp = FIRST_SHARP
        nodes, inner = (sizes.nodes, sizes.classes, sizes.dims), sizes.nodes // 2
        p = principal(x, sizes.dims)
        p /= np.maximum((x @ p.T).std(axis=0), 1e-3)[:, None]
        self.params: Arrays = {
            "p": p,
            "bias": np.zeros(sizes.dims),
            "w": rng.normal(0, 0.5, nodes),
            "v": rng.normal(0, 0.5 / sizes.dims**0.5, nodes),
            "branch": rng.normal(0, 1 / sizes.dims**0.5, (inner, sizes.dims)),
            "threshold": np.zeros(inner),
        }

    def values(self) -> Arrays:
        """The parameters, rounded if settled."""
        found = {**self.params, "p": self.params["p"] * self.features.varies}
        if self.grids is not None:
            steps = {"p": self.grids.projection.step, "w": self.grids.w, "v": self.grids.v, "branch": self.grids.branch}
            found |= {name: rounded(found[name], step, MOST) for name, step in steps.items()}
        return found

    def gradients(self, x: np.ndarray, labels: np.ndarray) -> Arrays:
        a = self.values()
        z, passed = self._projected(x, a)
        sums, bends, shares, reached = self._parts(z, a)
        tanh = np.clip(bends, -1, 1)
        g_scores = score_gradients(np.einsum("nk,nkl,nkl->nl", reached, sums, tanh), labels)
        g_sums = reached[:, :, None] * tanh * g_scores[:, None]
        g_bends = reached[:, :, None] * sums * g_scores[:, None] * (np.abs(bends) < 1)
        g_branch = self._branch_gradients(np.einsum("nkl,nl->nk", sums * tanh, g_scores), shares, reached)
        g_z = (
            np.einsum("nkl,kld->nd", g_sums, a["w"])
            + np.einsum("nkl,kld->nd", g_bends, a["v"])
            + g_branch @ a["branch"]
        )
        g_z *= passed
        return {
            "p": g_z.T @ x,
            "bias": g_z.sum(axis=0),
            "w": np.einsum("nkl,nd->kld", g_sums, z),
            "v": np.einsum("nkl,nd->kld", g_bends, z),
            "branch": g_branch.T @ z,
            "threshold": g_branch.sum(axis=0),
        }

    def progress(self, done: float) -> None:
        """Sharpen the branches: told before every epoch what share of them is done."""
        self.sharp = FIRST_SHARP * (LAST_SHARP / FIRST_SHARP) ** done

    def settle(self, x: np.ndarray) -> None:
        a = self.values()
        z, _ = self._projected(x, a)
        grid = grid_of(a["p"], z, self.features.spread, MOST)
        drop = int(np.clip(np.rint(-np.log2(best_step(a["v"], MOST) * grid.unit * ONE)), 0, 24))
        self.grids = Grids(grid, best_step(a["w"], MOST), best_step(a["branch"], MOST), drop)

    def scores(self, q: np.ndarray) -> np.ndarray:
        a = self.values()
        z = self.features(q) @ a["p"].T + a["bias"]
        at, made = np.zeros(len(z), np.intp), 0.0
        while True:
            sums, bends = (np.einsum("nld,nd->nl", a[name][at], z) for name in "wv")
            made = made + sums * np.clip(bends, -1, 1)
            if at[0] >= len(a["branch"]):
                return np.asarray(made)
            at = 2 * at + 1 + ((a["branch"][at] * z).sum(axis=1) + a["threshold"][at] > 0)

    def write(self, b: GraphBuilder, x: Tensor) -> Tensor:
        assert self.grids is not None
        a, grids = self.values(), self.grids
        z = project(b, x, a["p"], a["bias"], grids.projection, self.features)
        integers = {name: np.rint(a[name] / getattr(grids, name)).astype(np.int8) for name in ("w", "v", "branch")}
        threshold = np.rint(a["threshold"] / (grids.branch * grids.projection.unit))
        integers["bias"] = np.clip(threshold, -(2**29), 2**29).astype(np.int32)
        scale = _scale(integers["w"])
        made = (b.constant(f"bonsai/{name}", value) for name, value in integers.items())
        scores = b.node("bonsai", z, *made, name="scores", drop=grids.drop, scale=scale)
        return b.standing_for(scores, Quant((float(np.float32(grids.w * grids.projection.unit * 2.0**scale)),), (0,)))

    def _projected(self, x: np.ndarray, a: Arrays) -> tuple[np.ndarray, np.ndarray | float]:
        """(z [n, D], where gradients pass)."""
        z = x @ a["p"].T + a["bias"]
        if self.grids is None:
            return z, 1.0
        unit = self.grids.projection.unit
        return rounded(z, unit, REACH), np.abs(z) <= REACH * unit

    def _parts(self, z: np.ndarray, a: Arrays) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """(w · z, v · z [n, K, L], share of each inner node that goes right [n, I], that reaches each node [n, K])."""
        nodes, classes, dims = a["w"].shape
        sums, bends = ((z @ a[name].reshape(-1, dims).T).reshape(-1, nodes, classes) for name in "wv")
        shares = 1 / (1 + np.exp(-np.clip(self.sharp * (z @ a["branch"].T + a["threshold"]), -50, 50)))
        reached = np.ones((len(z), nodes))
        for k in range(nodes // 2):
            reached[:, 2 * k + 1] = reached[:, k] * (1 - shares[:, k])
            reached[:, 2 * k + 2] = reached[:, k] * shares[:, k]
        return sums, bends, shares, reached

    def _branch_gradients(self, g_reached: np.ndarray, shares: np.ndarray, reached: np.ndarray) -> np.ndarray:
        """[n, I] of branch · z + threshold, from those of what reaches each node [n, K]."""
        g, made = g_reached.copy(), np.zeros_like(shares)
        for k in reversed(range(shares.shape[1])):
            left, right = g[:, 2 * k + 1], g[:, 2 * k + 2]
            made[:, k] = (right - left) * reached[:, k] * shares[:, k] * (1 - shares[:, k]) * self.sharp
            g[:, k] += left * (1 - shares[:, k]) + right * shares[:, k]
        return made


class BonsaiClassifier(StatelessClassifier[TreeNet]):
    """Classes by one path through a shallow tree, in at most `budget_bytes` of constants.

    max_features: the most that the projection looks at, None for all. projection_dim, depth: None for what the budget
    allows, up to where more gains little. input: `int8`, one scale for all features; `float`: float32, which the device
    scales feature by feature; `auto`: int8 where that costs no feature more than 1 % of its variance.
    """

    def __init__(
        self,
        budget_bytes: int = 2048,
        *,
        max_features: int | None = None,
        projection_dim: int | None = None,
        depth: int | None = None,
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
        self.depth = depth
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.input = input
        self.random_state = random_state

    def _learn(self, q: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> TreeNet:
        features = Features.of(q).most_telling(q, self.max_features or q.shape[1])
        x = features(q)
        network = TreeNet(self._sizes(x.shape[1]), features, x, rng)
        schedule = Schedule(self.epochs, self.batch_size, self.learning_rate, self.decay)
        descend(network, x, labels, schedule, rng, network.progress)
        return network

    def _sizes(self, features: int) -> Sizes:
        """The most dimensions with which a tree of one branch fits, then the deepest tree that fits."""
        classes = len(self.classes_)
        dims = self.projection_dim or min(features, BEST_DIMS)
        depth = self.depth or 1
        while (
            self.projection_dim is None
            and dims > 1
            and Sizes(features, self.n_features_in_, dims, depth, classes).bytes > self.budget_bytes
        ):
            dims -= 1
        least = Sizes(features, self.n_features_in_, dims, depth, classes)
        if least.bytes > self.budget_bytes:
            raise self._too_small(least.bytes)
        while (
            self.depth is None
            and depth < BEST_DEPTH
            and Sizes(features, self.n_features_in_, dims, depth + 1, classes).bytes <= self.budget_bytes
        ):
            depth += 1
        return Sizes(features, self.n_features_in_, dims, depth, classes)

    def _whole_numbers(self) -> dict[str, Any]:
        given = whole(max_features=self.max_features, projection_dim=self.projection_dim, depth=self.depth)
        return {**given, "epochs": self.epochs, "batch_size": self.batch_size}


def _scale(w: np.ndarray) -> int:
    """By how many bits scores are smaller than sums, so that no path's leave 15 bits; w: [K, L, D]."""
    sums = 128 * np.abs(w.astype(np.int64)).sum(axis=2).max(axis=1)
    levels = (len(w) + 1).bit_length() - 1
    greatest = sum(int(sums[2**i - 1 : 2 ** (i + 1) - 1].max()) + 1 for i in range(levels))
    return max(0, int(np.ceil(np.log2((greatest + levels) / MOST_SCORE))))
