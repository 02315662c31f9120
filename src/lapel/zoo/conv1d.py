"""A convolutional network for signals: convolutions along time with maximum pooling, then the mean over time."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(
    input: Sequence[int],
    outputs: int,
    channels: Sequence[int] = (16, 32, 64),
    kernel: int = 5,
    pool: int = 2,
    seed: int = 0,
) -> Graph:
    """input: (steps,) or (steps, channels). channels: of each layer."""
    net = Layers("conv1d", input, outputs, seed)
    y = net.signal()
    for k, width in enumerate(channels):
        y = net.conv(y, width, (1, kernel))
        if k + 1 < len(channels) and y.type.shape[2] >= 2 * pool:
            y = net.pool("maxpool", y, (1, pool))
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


NETWORK = Network("conv1d", make, normalize=True)
