"""Gradient descent on small networks: Adam (Kingma and Ba, 2015) over mini-batches, and gradients through rounding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

Arrays = dict[str, np.ndarray]
"""Parameters, or their gradients, by name."""
FIRST, SECOND, EPSILON = 0.9, 0.999, 1e-8
"""Of Adam, as published."""
ROUNDED_FROM = 0.5
"""The share of all epochs after which weights and activations are rounded to what integers can be."""


class Network(Protocol):
    """What is trained: float64 parameters, and their gradients for a batch."""

    params: Arrays

    def gradients(self, x: np.ndarray, labels: np.ndarray) -> Arrays:
        """Of the mean cross entropy of samples [n, …] and their class indexes [n]."""
        ...

    def settle(self, x: np.ndarray) -> None:
        """Choose the grids of integers, by the parameters as they are and all training samples; from here on
        `gradients` are those of rounded values."""
        ...


@dataclass(frozen=True)
class Schedule:
    """How long and how fast: epochs, samples a batch, and the learning rate, which falls to 0 like half a cosine."""

    epochs: int
    batch_size: int
    learning_rate: float
    decay: float
    """Of weights, as a share of the learning rate that is subtracted of them."""


@dataclass
class Adam:
    """The moments of each parameter's gradient."""

    first: Arrays = field(default_factory=dict)
    second: Arrays = field(default_factory=dict)
    steps: int = 0

    def update(self, params: Arrays, gradients: Mapping[str, np.ndarray], rate: float, decay: float) -> None:
        """One step of all parameters that have a gradient, in place."""
        self.steps += 1
        for name, g in gradients.items():
            m = self.first.setdefault(name, np.zeros_like(g))
            v = self.second.setdefault(name, np.zeros_like(g))
            m += (1 - FIRST) * (g - m)
            v += (1 - SECOND) * (g * g - v)
            step = m / (1 - FIRST**self.steps) / (np.sqrt(v / (1 - SECOND**self.steps)) + EPSILON)
            params[name] -= rate * (step + decay * params[name])


def descend(
    network: Network,
    x: np.ndarray,
    labels: np.ndarray,
    schedule: Schedule,
    rng: np.random.Generator,
    each: Callable[[float], None] = lambda done: None,
    rounded_from: float = ROUNDED_FROM,
) -> None:
    """Train the network's parameters in place, from some share of the epochs on rounded values; never from 1 on.

    each: told before every epoch what share of them is done.
    """
    adam, total = Adam(), schedule.epochs * len(_batches(len(x), schedule.batch_size))
    settled = int(rounded_from * schedule.epochs)
    for epoch in range(schedule.epochs):
        if epoch == settled:
            network.settle(x)
        each(epoch / schedule.epochs)
        for at in _shuffled(rng, len(x), schedule.batch_size):
            rate = schedule.learning_rate * (1 + np.cos(np.pi * adam.steps / total)) / 2
            adam.update(network.params, network.gradients(x[at], labels[at]), rate, schedule.decay)


def _batches(n: int, batch_size: int) -> range:
    """Starts of batches; the last one may be smaller."""
    return range(0, n, batch_size)


def _shuffled(rng: np.random.Generator, n: int, batch_size: int) -> Iterator[np.ndarray]:
    order = rng.permutation(n)
    for start in _batches(n, batch_size):
        yield order[start : start + batch_size]


def rounded(values: np.ndarray, step: float, most: int) -> np.ndarray:
    """The nearest multiples of a step, at most `most` of them in magnitude; gradients pass as if it were nothing."""
    return np.asarray(step * np.clip(np.rint(values / step), -most, most))


def best_step(values: np.ndarray, most: int) -> float:
    """The step with the least mean square error of `rounded`, of some between a third of the range and all of it."""
    widest = float(np.abs(values).max()) / most or 1.0
    steps = widest * np.linspace(0.3, 1.0, 15)
    errors = [float(((rounded(values, s, most) - values) ** 2).mean()) for s in steps]
    return float(steps[int(np.argmin(errors))])


def softmax(scores: np.ndarray) -> np.ndarray:
    """Probabilities [n, L] of scores [n, L]."""
    e = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def score_gradients(scores: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of the mean cross entropy: [n, L]."""
    p = softmax(scores)
    p[np.arange(len(p)), labels] -= 1
    return p / len(p)
