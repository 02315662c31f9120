"""FastGRNN: a small recurrent network for sequences, which its firmware computes step by step, in integers.

Source: Kusupati et al., FastGRNN: A Fast, Accurate, Stable and Tiny Kilobyte Sized Gated Recurrent Neural Network,
NeurIPS 2018. Other than there, matrices are of full rank and not sparse, and have four bits.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.classical.descent import Arrays, Schedule, best_step, descend, rounded, score_gradients
from lapel.classical.encoding import Encoding, Input
from lapel.classical.estimator import IntegerClassifier, whole
from lapel.classical.projection import MOST, Features, Grid, grid_of, project, projected
from lapel.errors import UnfitData
from lapel.ir import Carry, Graph, Origin, Quant, Tensor
from lapel.ops.fastgrnn import ONE, step

OPEN = 1.0
"""At first the gate's bias, with which most of the state is kept."""
ZETA, NU = 1.0, -4.0
"""At first, before their sigmoid, as published."""
SIXTEENTHS = 4
"""Bits behind the point of the sigmoid's argument, by which its table is read."""
SEEN = 128
"""A state of 1, as it is multiplied with weights."""
MOST_LEFT = 7
STRUCT_BYTES = 60
"""Bound of what the kernels' params take beside weights and tables."""
BEST_UNITS = 32


@dataclass(frozen=True)
class Sizes:
    """How much of everything there is."""

    features: int
    units: int
    classes: int

    @property
    def bytes(self) -> int:
        """A bound on the constants of the model."""
        rows = (self.features + 1) // 2 + (self.units + 1) // 2 + 8
        return self.units * rows + self.classes * ((self.units + 1) // 2 + 4) + 256 + STRUCT_BYTES


@dataclass(frozen=True)
class Grids:
    """The integers of a settled network: sums are multiples of 2^-exponent; those of x and of the state are 2^left
    times as coarse."""

    exponent: int
    x_left: int
    s_left: int
    scores: Grid
    spread: float

    @property
    def w(self) -> float:
        """The step of weights of features."""
        return self.spread * 2.0 ** (self.x_left - self.exponent)

    @property
    def u(self) -> float:
        """The step of weights of the state."""
        return SEEN * 2.0 ** (self.s_left - self.exponent)


def _sigmoid(v: Any) -> Any:
    return 1 / (1 + np.exp(-np.clip(v, -50, 50)))


class RecurrentNet:
    """The network: w [H, F], u [H, H], their biases gate and update, zeta and nu before a sigmoid; scores v [L, H]."""

    def __init__(self, sizes: Sizes, features: Features, rng: np.random.Generator) -> None:
        self.features = features
        self.grids: Grids | None = None
        h = sizes.units
        self.params: Arrays = {
            "w": rng.normal(0, 1 / sizes.features**0.5, (h, sizes.features)),
            "u": rng.normal(0, 0.5 / h**0.5, (h, h)),
            "gate": np.full(h, OPEN),
            "update": np.zeros(h),
            "zeta": np.array(ZETA),
            "nu": np.array(NU),
            "v": rng.normal(0, 1 / h**0.5, (sizes.classes, h)),
            "bias": np.zeros(sizes.classes),
        }

    def values(self) -> Arrays:
        """The parameters, rounded if settled."""
        found = {**self.params, "w": self.params["w"] * self.features.varies}
        if self.grids is not None:
            steps = {"w": self.grids.w, "u": self.grids.u, "v": self.grids.scores.step}
            found |= {name: rounded(found[name], size, MOST) for name, size in steps.items()}
        return found

    def gradients(self, x: np.ndarray, labels: np.ndarray) -> Arrays:
        a = self.values()
        zeta, nu = _sigmoid(a["zeta"]), _sigmoid(a["nu"])
        kept, h = self._forward(x, a)
        s = self._seen(h)
        g_scores = score_gradients(s @ a["v"].T + a["bias"], labels)
        g = {name: np.zeros_like(value) for name, value in self.params.items()}
        g["v"], g["bias"] = g_scores.T @ s, g_scores.sum(axis=0)
        g_h = (g_scores @ a["v"]) * (np.abs(h) < 1)
        for t in reversed(range(x.shape[1])):
            before, z, c = kept[t]
            share = zeta * (1 - z) + nu
            g["zeta"] += (g_h * (1 - z) * c).sum() * zeta * (1 - zeta)
            g["nu"] += (g_h * c).sum() * nu * (1 - nu)
            g_gate, g_update = g_h * (before - zeta * c) * z * (1 - z), g_h * share * (1 - c * c)
            g_sum = g_gate + g_update
            g["gate"] += g_gate.sum(axis=0)
            g["update"] += g_update.sum(axis=0)
            g["w"] += g_sum.T @ x[:, t]
            g["u"] += g_sum.T @ self._seen(before)
            g_h = g_h * z + (g_sum @ a["u"]) * (np.abs(before) < 1)
        return g

    def settle(self, x: np.ndarray) -> None:
        a = self.values()
        coarse_x = np.log2(best_step(a["w"], MOST) / self.features.spread)
        coarse_s = np.log2(best_step(a["u"], MOST) / SEEN)
        least = min(coarse_x, coarse_s)
        exponent = int(np.clip(np.rint(-least), 1 - SIXTEENTHS, 24))
        x_left, s_left = (int(np.clip(np.rint(v + exponent), 0, MOST_LEFT)) for v in (coarse_x, coarse_s))
        s = self._seen(self._forward(x, a)[1])
        grid = grid_of(a["v"], s @ a["v"].T + a["bias"], SEEN, MOST)
        self.grids = Grids(exponent, x_left, s_left, grid, self.features.spread)

    def scores(self, q: np.ndarray) -> np.ndarray:
        """float64 [n, L] of integer sequences [n, T, F], after their last step."""
        a = self.values()
        return np.asarray(self._seen(self._forward(self.features(q), a)[1]) @ a["v"].T + a["bias"])

    def constants(self) -> dict[str, np.ndarray]:
        """The operator's: w, u, gate, update, table."""
        assert self.grids is not None
        a, grids = self.values(), self.grids
        w = np.rint(a["w"] / grids.w)
        moved = (w @ self.features.mean) * 2.0**grids.x_left
        biases = (np.clip(np.rint(a[k] * 2.0**grids.exponent - moved), -(2**29), 2**29) for k in ("gate", "update"))
        middles = (np.arange(-128, 128) + 0.5) / 2**SIXTEENTHS
        gate, update = (b.astype(np.int32) for b in biases)
        return {
            "w": w.astype(np.int8),
            "u": np.rint(a["u"] / grids.u).astype(np.int8),
            "gate": gate,
            "update": update,
            "table": np.minimum(np.rint(ONE * _sigmoid(middles)), 255).astype(np.uint8),
        }

    def attributes(self) -> dict[str, int]:
        """The operator's."""
        assert self.grids is not None
        shares = {name: int(np.rint(ONE * _sigmoid(self.params[name]))) for name in ("zeta", "nu")}
        drop = self.grids.exponent - SIXTEENTHS
        return {"x_left": self.grids.x_left, "s_left": self.grids.s_left, "drop": drop, **shares}

    def classifier(self) -> tuple[np.ndarray, np.ndarray, Grid, Features]:
        """What makes scores of the state that is seen: see `project`."""
        assert self.grids is not None
        a, units = self.values(), self.params["v"].shape[1]
        return a["v"], a["bias"], self.grids.scores, Features(np.zeros(units), SEEN, np.ones(units, bool))

    def write_step(self, b: GraphBuilder, x: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """The nodes of a step: (scores, new state)."""
        made = (b.constant(f"fastgrnn/{name}", value) for name, value in self.constants().items())
        seen, new = b.split("fastgrnn", x, state, *made, name="state_seen", **self.attributes())
        v, bias, grid, units = self.classifier()
        scores = project(b, seen, v, bias, grid, units, "scores")
        return b.standing_for(scores, Quant((float(np.float32(grid.unit)),), (0,))), new

    def _seen(self, h: np.ndarray) -> np.ndarray:
        return np.asarray(np.clip(h, -1, 1) if self.grids is None else rounded(h, 1 / SEEN, SEEN - 1))

    def _forward(self, x: np.ndarray, a: Arrays) -> tuple[list[tuple[np.ndarray, ...]], np.ndarray]:
        """Of each step (state before, gate, update), and the last state; x: [n, T, F]."""
        zeta, nu = _sigmoid(a["zeta"]), _sigmoid(a["nu"])
        h: np.ndarray = np.zeros((len(x), len(a["u"])))
        kept: list[tuple[np.ndarray, ...]] = []
        for t in range(x.shape[1]):
            sums = x[:, t] @ a["w"].T + self._seen(h) @ a["u"].T
            z, c = _sigmoid(sums + a["gate"]), np.tanh(sums + a["update"])
            kept.append((h, z, c))
            h = (zeta * (1 - z) + nu) * c + z * h
        return kept, h


class FastGRNNClassifier(IntegerClassifier[RecurrentNet]):
    """Classes of sequences, in at most `budget_bytes` of constants; its firmware takes one step after the other.

    A sample is a sequence, step after step, of `step_features` features each. The graph takes one step and gives the
    scores so far; its state begins with zeros (`reset_every` of `lapel.run`, `<model>_reset` in C). units: None for
    what the budget allows, up to 32. input: as of the other estimators, of the features of a step.
    """

    def __init__(
        self,
        budget_bytes: int = 2048,
        *,
        step_features: int = 1,
        units: int | None = None,
        epochs: int = 60,
        batch_size: int = 64,
        learning_rate: float = 0.02,
        decay: float = 0.0,
        input: Input = "auto",
        random_state: Any = None,
    ) -> None:
        self.budget_bytes = budget_bytes
        self.step_features = step_features
        self.units = units
        self.epochs = epochs
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.decay = decay
        self.input = input
        self.random_state = random_state

    def _learn(self, q: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> RecurrentNet:
        features = Features.of(q.reshape(-1, self.step_features))
        network = RecurrentNet(self._sizes(), features, rng)
        schedule = Schedule(self.epochs, self.batch_size, self.learning_rate, self.decay)
        descend(network, features(q), labels, schedule, rng)
        return network

    def _sizes(self) -> Sizes:
        sizes = Sizes(self.step_features, self.units or 1, len(self.classes_))
        if sizes.bytes > self.budget_bytes:
            raise self._too_small(sizes.bytes)
        while self.units is None and sizes.units < BEST_UNITS:
            more = replace(sizes, units=sizes.units + 1)
            if more.bytes > self.budget_bytes:
                break
            sizes = more
        return sizes

    def _steps(self, X: np.ndarray) -> np.ndarray:
        if X.shape[1] % self.step_features:
            found = f"{X.shape[1]} features are no whole number of steps of {self.step_features}"
            raise UnfitData(f"{type(self).__name__}: {found}, expected a multiple: set step_features")
        return X.reshape(len(X), -1, self.step_features)

    def _origin(self, encoding: Encoding) -> Origin:
        # Its scores are those of a sequence, and a sample of the graph is a step.
        return replace(super()._origin(encoding), scores=None, features=())

    def _written(
        self, batch: int, name: str = "model", slope: np.ndarray | None = None, offset: np.ndarray | None = None
    ) -> Graph:
        b, encoding, network = GraphBuilder(name), self._encoding_behind(slope, offset), self.learned_
        x = encoding.add(b, 1)
        state = b.input("state", (1, len(network.params["u"])), "int16")
        scores, new = network.write_step(b, x, state)
        graph = b.graph(scores, new, origin=self._origin(encoding))
        zeros = np.zeros(state.type.shape, np.int16)
        return replace(graph, carries=(Carry(state.name, new.name, zeros),))

    def _encoding_behind(self, slope: np.ndarray | None, offset: np.ndarray | None) -> Encoding:
        found = super()._encoding_behind(None, None)
        if slope is None or offset is None:
            return found
        slopes, offsets = (v.reshape(-1, self.step_features) for v in (slope, offset))
        if (slopes != slopes[0]).any() or (offsets != offsets[0]).any():
            unlike = "the scaler before it treats the same feature of different steps differently"
            raise UnfitData(f"{type(self).__name__}: {unlike}, expected one scale for all: scale the steps alike")
        return found.behind(slopes[0], offsets[0])

    def _scores(self, X: np.ndarray) -> np.ndarray:
        network, q = self.learned_, self._integers(X)
        constants, attrs = list(network.constants().values()), network.attributes()
        h = np.zeros((len(X), len(network.params["u"])), np.int16)
        for t in range(q.shape[1]):
            seen, h = step(q[:, t], h, constants, attrs)
        v, bias, grid, units = network.classifier()
        return projected(seen, v, bias, grid, units) * float(np.float32(grid.unit))

    def _whole_numbers(self) -> dict[str, Any]:
        given = whole(units=self.units)
        return {**given, "step_features": self.step_features, "epochs": self.epochs, "batch_size": self.batch_size}
