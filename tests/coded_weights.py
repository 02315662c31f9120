"""Weights of every kind that codes meet: many values, few, one, mostly zeros, none but zeros, far apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

Draw = Callable[[np.random.Generator], np.ndarray]


def bell(spread: float, count: int = 1500) -> Draw:
    """int8 weights around zero."""
    return lambda rng: np.clip(np.round(rng.normal(0, spread, count)), -127, 127).astype(np.int8)


def pruned(density: float, rows: int = 12, columns: int = 130) -> Draw:
    """int8 [rows, columns] of which so many are not zero; one row is empty."""

    def draw(rng: np.random.Generator) -> np.ndarray:
        weights = bell(30, rows * columns)(rng).reshape(rows, columns)
        weights[rng.random(weights.shape) >= density] = 0
        weights[rows // 2] = 0
        return weights

    return draw


def shared(values: int, count: int = 1333) -> Draw:
    """int8 weights that are all among so many values."""
    return lambda rng: rng.choice(rng.choice(np.arange(-128, 128), values, replace=False), count).astype(np.int8)


def lonely(rng: np.random.Generator) -> np.ndarray:
    """A weight here and there, and gaps beyond a byte."""
    weights = np.zeros((9, 300), np.int8)
    weights.flat[rng.choice(weights.size, 6, replace=False)] = rng.integers(1, 128, 6)
    return weights


FEW: Mapping[str, Draw] = {
    "one": lambda rng: np.full(77, -5, np.int8),
    "zeros": lambda rng: np.zeros(700, np.int8),
    "single": lambda rng: np.array([rng.integers(-128, 128)], np.int8),
    "two": shared(2),
    "ternary": lambda rng: rng.choice(np.array([-9, 0, 9], np.int8), 1001, p=[0.1, 0.8, 0.1]),
    "int4": lambda rng: (17 * rng.integers(-7, 8, 1201) + 8).astype(np.int8),
    "few": shared(13),
    "sixteen": shared(16),
}
"""Of at most 16 values."""
WEIGHTS: Mapping[str, Draw] = {
    **FEW,
    "bell": bell(20),
    "wide": bell(60),
    "every": lambda rng: rng.permutation(np.arange(-128, 128)).astype(np.int8),
    "skewed": lambda rng: np.repeat(np.arange(-9, 9), 1 << np.arange(18) // 2).astype(np.int8),
    "half": pruned(0.5),
    "tenth": pruned(0.1),
    "lonely": lonely,
}
SOME = ("bell", "wide", "half", "few")
"""Those with many symbols a value, whose entropy is not far below a bit."""
