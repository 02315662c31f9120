"""A keyword network after BC-ResNet: residuals along time alone, broadcast over the bands.

Source: Kim et al. (2021), Broadcasted residual learning, table 1; with plain batch normalization instead of one for
each fifth of the bands, and ReLU for swish.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph, Tensor
from lapel.zoo import Network
from lapel.zoo._layers import Layers, scaled

STAGES = ((8, 2, 1, 1), (12, 2, 2, 2), (16, 4, 2, 4), (20, 4, 1, 8))
"""(channels, blocks, stride over bands, dilation in time) of each stage, for width 1."""


def make(
    input: Sequence[int] = (98, 40, 1), outputs: int = 12, width: float = 1.0, stages: int = len(STAGES), seed: int = 0
) -> Graph:
    """input: (frames, bands, 1). width: BC-ResNet-1 has 1, BC-ResNet-8 has 8. stages: how many of the four."""
    net = Layers("bcresnet", input, outputs, seed)
    y = net.conv(net.image(), scaled(16, width), (5, 5), stride=(1, 2))
    for channels, blocks, stride, dilation in STAGES[:stages]:
        y = _transition(net, y, scaled(channels, width), stride, dilation)
        for _ in range(blocks - 1):
            y = _residual(net, y, y, 1, dilation)
    y = net.depthwise(y, (5, 5), activation="none")
    y = net.conv(y, scaled(32, width), (1, 1), name="pointwise")
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


def _transition(net: Layers, x: Tensor, channels: int, stride: int, dilation: int) -> Tensor:
    """Other channels, or fewer bands: x itself is not added."""
    return _residual(net, net.conv(x, channels, (1, 1), name="pointwise"), None, stride, dilation)


def _residual(net: Layers, x: Tensor, identity: Tensor | None, stride: int, dilation: int) -> Tensor:
    """Over the bands, then over time on their mean, which is added to every band."""
    bands = net.depthwise(x, (1, 3), stride=(1, stride), activation="none", name="bands")
    mean = net.builder.node("mean", bands, axes=(2,), keep_dims=True)
    time = net.depthwise(mean, (3, 1), dilation=(dilation, 1), name="time")
    time = net.conv(time, bands.type.shape[3], (1, 1), name="pointwise")
    y = net.add(bands, time, "none" if identity is not None else "relu")
    return y if identity is None else net.add(identity, y, "relu")


NETWORK = Network("bcresnet", make, normalize=True)
