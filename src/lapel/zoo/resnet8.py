"""ResNet-8. Source: He et al. (2016), cut as in the MLPerf Tiny image classification benchmark."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph, Tensor
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(input: Sequence[int] = (32, 32, 3), outputs: int = 10, channels: int = 16, seed: int = 0) -> Graph:
    """channels: of the first block; each of the two others has twice as many, at half the size."""
    net = Layers("resnet8", input, outputs, seed)
    y = net.conv(net.image(), channels, (3, 3))
    for k in range(3):
        y = _block(net, y, channels << k, 1 if k == 0 else 2)
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


def _block(net: Layers, x: Tensor, channels: int, stride: int) -> Tensor:
    y = net.conv(x, channels, (3, 3), stride=(stride, stride))
    y = net.conv(y, channels, (3, 3), activation="none")
    if x.type.shape != y.type.shape:
        x = net.conv(x, channels, (1, 1), stride=(stride, stride), activation="none", name="shortcut")
    return net.add(x, y, "relu")


NETWORK = Network("resnet8", make, normalize=True)
