"""Samples of classes -> few prototypes, on a grid of integers, of which the nearest decides.

Clusters of each class first, then generalized learning vector quantization: each sample draws the nearest prototype of
its class nearer and pushes the nearest other one away. The second half computes distances with prototypes on the grid.
Source: Sato and Yamada, Generalized Learning Vector Quantization, NIPS 1995.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ROUNDS, EPOCHS, BATCH = 12, 24, 32
RATE = 0.15
"""Of the spread of features, the first step's length."""


@dataclass(frozen=True)
class Steps:
    """Prototypes are whole multiples of `step`, from least to most of them."""

    step: float
    least: int
    most: int

    def rounded(self, b: np.ndarray) -> np.ndarray:
        return self.integers(b) * self.step

    def integers(self, b: np.ndarray) -> np.ndarray:
        return np.asarray(np.clip(np.rint(b / self.step), self.least, self.most))


def condense(x: np.ndarray, labels: np.ndarray, counts: np.ndarray, steps: Steps, seed: int = 0) -> np.ndarray:
    """float64 [Σ counts, K], class by class: as many prototypes of each class as counts says, on the grid.

    x: float64 [n, K]. labels: int64 [n], of which each class has as many samples as it has prototypes, or more.
    """
    rng = np.random.default_rng(seed)
    b = np.concatenate([_clusters(rng, x[labels == c], int(n)) for c, n in enumerate(counts)])
    owner = np.repeat(np.arange(len(counts)), counts)
    if len(counts) < 2:
        return steps.rounded(b)
    spread = float(x.std())
    for epoch in range(EPOCHS):
        on_grid = 2 * epoch >= EPOCHS
        rate = RATE * spread * (1 - epoch / EPOCHS)
        order = rng.permutation(len(x))
        for at in range(0, len(order), BATCH):
            rows = order[at : at + BATCH]
            b += rate * _pull(x[rows], labels[rows], steps.rounded(b) if on_grid else b, owner)
    return steps.rounded(b)


def _pull(x: np.ndarray, labels: np.ndarray, b: np.ndarray, owner: np.ndarray) -> np.ndarray:
    """By how much each prototype is to move, at most about 1 a batch."""
    d = np.maximum((x**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * x @ b.T, 0)
    own = owner == labels[:, None]
    rows = np.arange(len(x))
    near, far = np.where(own, d, np.inf).argmin(axis=1), np.where(own, np.inf, d).argmin(axis=1)
    d_near, d_far = d[rows, near], d[rows, far]
    total = np.maximum(d_near + d_far, 1e-12)
    steepness = 4.0
    slope = steepness / (2 * np.cosh(steepness * (d_near - d_far) / total / 2)) ** 2 / total**1.5
    moves = np.zeros_like(b)
    np.add.at(moves, near, (slope * d_far)[:, None] * (x - b[near]))
    np.add.at(moves, far, -(slope * d_near)[:, None] * (x - b[far]))
    return moves


def _clusters(rng: np.random.Generator, x: np.ndarray, count: int) -> np.ndarray:
    """[count, K]: means of clusters, by Lloyd's algorithm from samples that are far from each other."""
    chosen = [int(rng.integers(len(x)))]
    nearest = ((x - x[chosen[0]]) ** 2).sum(axis=1)
    while len(chosen) < count:
        total = nearest.sum()
        chosen.append(int(rng.choice(len(x), p=nearest / total if total > 0 else None)))
        nearest = np.minimum(nearest, ((x - x[chosen[-1]]) ** 2).sum(axis=1))
    centres = x[chosen].copy()
    for _ in range(ROUNDS):
        of = ((x**2).sum(axis=1)[:, None] + (centres**2).sum(axis=1) - 2 * x @ centres.T).argmin(axis=1)
        for k in np.unique(of):
            centres[k] = x[of == k].mean(axis=0)
    return centres
