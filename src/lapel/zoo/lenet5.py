"""LeNet-5 as it is trained today: ReLU, maximum pooling, and every map connected.

Source: LeCun et al. (1998), Gradient-based learning applied to document recognition, section II.B.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers, scaled


def make(input: Sequence[int] = (28, 28, 1), outputs: int = 10, width: float = 1.0, seed: int = 0) -> Graph:
    """Maps 6 and 16, then 120 and 84 units, all times `width`; the first layer is padded, as for 28 × 28 images."""
    net = Layers("lenet5", input, outputs, seed)
    y = net.conv(net.image(), scaled(6, width), (5, 5))
    y = net.pool("maxpool", y, (2, 2))
    y = net.conv(y, scaled(16, width), (5, 5), same=False)
    y = net.pool("maxpool", y, (2, 2))
    y = net.dense(net.dense(y, scaled(120, width)), scaled(84, width))
    return net.graph(net.dense(y, outputs, activation="none", name="scores"))


NETWORK = Network("lenet5", make, normalize=False)
