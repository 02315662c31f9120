"""LeNet-300-100: two hidden dense layers. Source: LeCun et al. (1998), Gradient-based learning, section III.C."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(input: Sequence[int] = (28, 28, 1), outputs: int = 10, seed: int = 0) -> Graph:
    """784-300-100-10 with ReLU for images of 28 × 28."""
    net = Layers("lenet_300_100", input, outputs, seed)
    y = net.dense(net.dense(net.input, 300), 100)
    return net.graph(net.dense(y, outputs, activation="none", name="scores"))


NETWORK = Network("lenet_300_100", make, normalize=False)
