"""LeNet-5 as Caffe's example has it, which papers on compression mean: 431,080 numbers for MNIST.

Source: Jia et al. (2014), Caffe, examples/mnist; Han et al. (2015), Deep Compression, table 3.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers, scaled


def make(input: Sequence[int] = (28, 28, 1), outputs: int = 10, width: float = 1.0, seed: int = 0) -> Graph:
    """Maps 20 and 50, then 500 units, all times `width`; convolutions are neither padded nor followed by ReLU."""
    net = Layers("lenet5_caffe", input, outputs, seed)
    y = net.conv(net.image(), scaled(20, width), (5, 5), same=False, activation="none")
    y = net.pool("maxpool", y, (2, 2))
    y = net.conv(y, scaled(50, width), (5, 5), same=False, activation="none")
    y = net.pool("maxpool", y, (2, 2))
    return net.graph(net.dense(net.dense(y, scaled(500, width)), outputs, activation="none", name="scores"))


NETWORK = Network("lenet5_caffe", make, normalize=False)
