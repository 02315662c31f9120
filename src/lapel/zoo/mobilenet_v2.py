"""MobileNetV2: inverted residuals. Source: Sandler et al. (2018), table 2."""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph, Tensor
from lapel.zoo import Network
from lapel.zoo._layers import Layers, scaled

STAGES = ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1))
"""(expansion, channels, blocks, stride of the first) of each stage."""
DIVISOR = 8
"""Of channels."""


def make(
    input: Sequence[int] = (96, 96, 3),
    outputs: int = 2,
    width: float = 0.35,
    stages: int = len(STAGES),
    last: int = 1280,
    seed: int = 0,
) -> Graph:
    """width: what all channels are multiplied by. stages: how many of the seven. last: channels before the mean."""
    net = Layers("mobilenet_v2", input, outputs, seed)
    y = net.conv(net.image(), scaled(32, width, DIVISOR), (3, 3), stride=(2, 2), activation="relu6")
    for expansion, channels, blocks, stride in STAGES[:stages]:
        for k in range(blocks):
            y = _block(net, y, expansion, scaled(channels, width, DIVISOR), stride if k == 0 else 1)
    y = net.conv(y, scaled(last, max(1.0, width), DIVISOR), (1, 1), activation="relu6", name="pointwise")
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


def _block(net: Layers, x: Tensor, expansion: int, channels: int, stride: int) -> Tensor:
    """Wide in between, and linear at the end; added to x where it has its shape."""
    y = x
    if expansion > 1:
        y = net.conv(y, expansion * x.type.shape[3], (1, 1), activation="relu6", name="expand")
    y = net.depthwise(y, (3, 3), stride=(stride, stride), activation="relu6")
    y = net.conv(y, channels, (1, 1), activation="none", name="project")
    return net.add(x, y) if x.type.shape == y.type.shape else y


NETWORK = Network("mobilenet_v2", make, normalize=True)
