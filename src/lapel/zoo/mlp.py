"""Multi-layer perceptron: dense layers with ReLU, the last without."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(input: Sequence[int], outputs: int, hidden: Sequence[int] = (64, 32), seed: int = 0) -> Graph:
    """hidden: units of each hidden layer."""
    net = Layers("mlp", input, outputs, seed)
    y = net.input
    for units in hidden:
        y = net.dense(y, units)
    return net.graph(net.dense(y, outputs, activation="none", name="scores"))


NETWORK = Network("mlp", make, normalize=False)
