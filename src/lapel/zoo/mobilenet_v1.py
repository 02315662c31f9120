"""MobileNetV1. Source: Howard et al. (2017), table 1.

The MLPerf Tiny visual wake words benchmark is this network with width 0.25 on (96, 96, 3).
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers, scaled

BLOCKS = ((64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1))
"""(channels, stride) of each depthwise separable block."""


def make(
    input: Sequence[int] = (96, 96, 3),
    outputs: int = 2,
    width: float = 0.25,
    blocks: int = len(BLOCKS),
    seed: int = 0,
) -> Graph:
    """width: what all channels are multiplied by. blocks: how many of the thirteen."""
    net = Layers("mobilenet_v1", input, outputs, seed)
    y = net.conv(net.image(), scaled(32, width), (3, 3), stride=(2, 2), activation="relu6")
    for channels, stride in BLOCKS[:blocks]:
        y = net.depthwise(y, (3, 3), stride=(stride, stride), activation="relu6")
        y = net.conv(y, scaled(channels, width), (1, 1), activation="relu6", name="pointwise")
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


NETWORK = Network("mobilenet_v1", make, normalize=True)
