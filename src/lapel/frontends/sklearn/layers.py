"""The float network: dense layers and what follows each, and its float64 arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.ir import Quant


@dataclass(frozen=True)
class Activation:
    """What an activation function becomes: fused into its dense layer, or a node of its own.

    reach: outside -reach..reach the function is constant, to its output's resolution.
    """

    compute: Callable[[np.ndarray], np.ndarray]
    fused: str = "none"
    node: str = ""
    attrs: Mapping[str, Any] | None = None
    quant: Quant | None = None
    reach: float = float("inf")


def _softmax(x: np.ndarray) -> np.ndarray:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


IDENTITY = Activation(lambda x: x)
ACTIVATIONS = {
    "identity": IDENTITY,
    "relu": Activation(lambda x: np.maximum(x, 0), fused="relu"),
    "tanh": Activation(np.tanh, node="tanh", attrs={}, quant=Quant((1 / 128,), (0,)), reach=4.0),
    "logistic": Activation(
        lambda x: 0.5 + 0.5 * np.tanh(x / 2),
        node="logistic",
        attrs={},
        quant=Quant((1 / 256,), (-128,)),
        reach=8.0,
    ),
    "softmax": Activation(_softmax, node="softmax", attrs={"beta": 1.0}, quant=Quant((1 / 256,), (-128,))),
}
"""By scikit-learn's names."""


@dataclass(frozen=True, eq=False)
class Layer:
    """weights float64 [K, O], biases [O], and what follows."""

    weights: np.ndarray
    biases: np.ndarray
    activation: Activation

    def sums(self, x: np.ndarray) -> np.ndarray:
        """[n, K] -> [n, O], before the activation."""
        return np.asarray(x @ self.weights + self.biases)

    def compute(self, x: np.ndarray) -> np.ndarray:
        """[n, K] -> [n, O]."""
        return self.activation.compute(self.sums(x))


def compute(layers: Sequence[Layer], x: np.ndarray) -> np.ndarray:
    """The network's outputs, float64 [n, O], for samples that may have any shape [n, …]."""
    values = np.asarray(x, np.float64).reshape(len(x), -1)
    for layer in layers:
        values = layer.compute(values)
    return values


def after_affine(layers: Sequence[Layer], slope: np.ndarray, offset: np.ndarray) -> list[Layer]:
    """The network that gives for x what `layers` give for slope · x + offset: folded into the first layer."""
    first = layers[0]
    biases = first.biases + offset @ first.weights
    return [Layer(slope[:, None] * first.weights, biases, first.activation), *layers[1:]]
