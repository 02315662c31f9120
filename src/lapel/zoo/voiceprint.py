"""A network whose last but one layer is an embedding of who speaks: convolutions over time, statistics, a short vector.

Bands are channels, so that every convolution is along time alone; mean and greatest value over time make of any order
of sounds one vector. In training the classes are speakers, told by the direction of the embedding alone. Sources:
Snyder et al. (2018), X-vectors: robust DNN embeddings for speaker recognition, section 2; Wang et al. (2017), NormFace:
L2 hypersphere embedding for face verification, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers

EMBEDDING = "embedding"
"""The tensor that it is."""
SPREAD = 4.0
"""Standard deviation of the first logits: of vectors of length one, whose scores would else be all alike."""


def make(
    input: Sequence[int],
    outputs: int,
    channels: int = 48,
    kernels: Sequence[int] = (5, 5, 7),
    first: int = 5,
    stride: int = 2,
    embedding: int = 48,
    seed: int = 0,
) -> Graph:
    """input: (frames, bands). kernels: of the depthwise convolutions, in steps of `stride` frames; first: of the first
    convolution, in frames; embedding: values of it; outputs: speakers."""
    net = Layers("voiceprint", input, outputs, seed)
    if len(net.shape) != 2:
        raise UsageError(f"network 'voiceprint': input is {net.shape}, expected (frames, bands)")
    frames, bands = net.shape
    y = net.reshape(net.input, (1, frames, 1, bands))
    y = net.conv(y, channels, (first, 1), stride=(stride, 1), same=False)
    for kernel in kernels:
        y = net.depthwise(y, (kernel, 1), activation="none")
        y = net.conv(y, channels, (1, 1), name="pointwise")
    most = net.builder.node("reducemax", y, axes=(1, 2), keep_dims=False, name="greatest")
    y = net.builder.node("concat", net.average(y), most, axis=1)
    y = net.dense(y, embedding, activation="none", name=EMBEDDING)
    y = net.builder.node("l2norm", y, name="direction")
    w = net.builder.constant("speakers/w", net.rng.normal(0, SPREAD, (outputs, embedding)).astype(np.float32))
    bias = net.builder.constant("speakers/bias", np.zeros(outputs, np.float32))
    return net.graph(net.builder.node("dense", y, w, bias, activation="none", keep_dims=False, name="speakers"))


NETWORK = Network("voiceprint", make, normalize=True)
"""See `make`."""
