"""A keyword network after SparkNet: bands are channels, and separable convolutions run along time.

Source: Svirsky et al. (2024), Sparse binarization for fast keyword spotting, figure 2; without the gates that leave
out parts of the input.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph, Tensor
from lapel.zoo import Network
from lapel.zoo._layers import Layers

KERNELS = (11, 13, 15, 17)
"""Frames of each block's convolutions."""


def make(
    input: Sequence[int] = (98, 40, 1),
    outputs: int = 12,
    channels: int = 32,
    kernels: Sequence[int] = KERNELS,
    seed: int = 0,
) -> Graph:
    """input: (frames, bands) or (frames, bands, 1)."""
    net = Layers("sparknet", input, outputs, seed)
    y = _separable(net, net.signal(), channels, 5, "relu")
    for kernel in kernels:
        y = net.add(y, _separable(net, _separable(net, y, channels, kernel, "relu"), channels, kernel, "none"), "relu")
    return net.graph(net.dense(net.average(y), outputs, activation="none", name="scores"))


def _separable(net: Layers, x: Tensor, channels: int, kernel: int, activation: str) -> Tensor:
    y = net.depthwise(x, (1, kernel), activation="none", name="time")
    return net.conv(y, channels, (1, 1), activation=activation, name="pointwise")


NETWORK = Network("sparknet", make, normalize=True)
