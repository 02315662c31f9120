"""Convolutions that halve the image with strides instead of pools: no image is larger than what is kept of it.

Source: Springenberg et al. (2015), Striving for Simplicity: The All Convolutional Net.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(
    input: Sequence[int] = (28, 28, 1),
    outputs: int = 10,
    channels: Sequence[int] = (6, 16),
    valid: Sequence[int] = (24, 24),
    first: int = 5,
    seed: int = 0,
) -> Graph:
    """channels: of the convolutions with stride 2, the first with windows of `first` pixels, all others of 3; valid: of
    those behind them, which neither stride nor pad. What they leave is one layer's input, which makes the scores."""
    net = Layers("stridenet", input, outputs, seed)
    if not channels:
        raise UsageError("network 'stridenet': channels is empty, expected one number or more")
    y = net.image()
    for k, count in enumerate(channels):
        size = first if k == 0 else 3
        y = net.conv(y, count, (size, size), stride=(2, 2))
    for count in valid:
        y = net.conv(y, count, (3, 3), same=False)
    return net.graph(net.dense(y, outputs, activation="none", name="scores"))


NETWORK = Network("stridenet", make, normalize=True)
"""See `make`."""
