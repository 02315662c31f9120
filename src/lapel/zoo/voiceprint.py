"""A network whose last but one layer is an embedding of who speaks: statistics of the bands over time, a short vector.

Mean, greatest value and mean distance from the mean make of sounds in any order one vector; convolutions over time may
add channels to the bands. In training the classes are speakers, told by the direction of the embedding alone. Sources:
Snyder et al. (2018), X-vectors: robust DNN embeddings for speaker recognition, section 2; Wang et al. (2017), NormFace:
L2 hypersphere embedding for face verification, section 3.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lapel.errors import UsageError
from lapel.ir import Graph, Tensor
from lapel.zoo import Network
from lapel.zoo._layers import Layers

EMBEDDING = "embedding"
"""The tensor that it is."""
SHARPNESS = 20.0
"""The length that embeddings are brought to before speakers are told by them: of vectors of length one all scores would
be alike."""


def make(
    input: Sequence[int],
    outputs: int,
    channels: int = 32,
    kernels: Sequence[int] = (),
    stride: int = 2,
    embedding: int = 40,
    seed: int = 0,
) -> Graph:
    """input: (frames, bands). kernels: of convolutions over time, in frames, of `channels` each, the first of which
    takes every `stride`-th step; none: statistics of the bands alone. embedding: values of it; outputs: speakers."""
    net = Layers("voiceprint", input, outputs, seed)
    if len(net.shape) != 2:
        raise UsageError(f"network 'voiceprint': input is {net.shape}, expected (frames, bands)")
    frames, bands = net.shape
    y = net.reshape(net.input, (1, frames, 1, bands))
    found = _statistics(net, y, "bands")
    for k, kernel in enumerate(kernels):
        y = net.conv(y, channels, (kernel, 1), stride=(stride if k == 0 else 1, 1), same=False)
    if kernels:
        found += _statistics(net, y, "channels")
    y = net.dense(net.builder.node("concat", *found, axis=1), embedding, activation="none", name=EMBEDDING)
    y = net.builder.node("l2norm", y, name="direction")
    length = net.builder.constant("length", np.full((1, 1), SHARPNESS, np.float32))
    y = net.builder.node("mul", y, length, activation="none", name="sharpened")
    return net.graph(net.dense(y, outputs, activation="none", name="speakers"))


def _statistics(net: Layers, y: Tensor, name: str) -> list[Tensor]:
    """[1, C] each: mean, greatest value, and mean distance from the mean, over time."""
    b = net.builder
    mean = b.node("mean", y, axes=(1, 2), keep_dims=True, name=f"{name}/mean")
    away = b.node("abs", b.node("sub", y, mean, activation="none", name=f"{name}/centred"), name=f"{name}/away")
    most = b.node("reducemax", y, axes=(1, 2), keep_dims=False, name=f"{name}/most")
    flat = net.reshape(mean, (1, y.type.shape[3]))
    return [flat, most, b.node("mean", away, axes=(1, 2), keep_dims=False, name=f"{name}/spread")]


NETWORK = Network("voiceprint", make, normalize=True)
"""See `make`."""
