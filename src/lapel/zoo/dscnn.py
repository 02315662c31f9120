"""DS-CNN: a convolution, then depthwise separable blocks. Source: Zhang et al. (2017), Hello Edge, section 4.1.

The MLPerf Tiny keyword benchmark is this network with 4 blocks of 64 channels on (49, 10, 1).
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(
    input: Sequence[int] = (49, 10, 1),
    outputs: int = 12,
    channels: int = 64,
    blocks: int = 4,
    kernel: tuple[int, int] = (10, 4),
    stride: tuple[int, int] = (2, 2),
    seed: int = 0,
) -> Graph:
    """input: (frames, bands, 1). kernel, stride: of the first layer."""
    net = Layers("dscnn", input, outputs, seed)
    y = net.conv(net.image(), channels, kernel, stride=stride)
    for _ in range(blocks):
        y = net.conv(net.depthwise(y, (3, 3)), channels, (1, 1), name="pointwise")
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


NETWORK = Network("dscnn", make, normalize=True)
