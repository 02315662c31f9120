"""A convolutional network for features in a stream: depthwise separable convolutions over time that pad nothing.

Bands are channels, so that every convolution is along time alone, and what it makes at a step is what it would make of
a longer signal there: such a network runs frame by frame with a memory of its last inputs. On more frames than its
field the scores are the greatest over time. Sources: Sørensen et al. (2020), A depthwise separable CNN for keyword
spotting on an embedded system; Choi et al. (2019), Temporal convolution for real-time keyword spotting, section 2.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(
    input: Sequence[int],
    outputs: int,
    channels: int = 56,
    kernels: Sequence[int] = (5, 9, 9, 9),
    first: int = 3,
    stride: int = 2,
    last: int = 3,
    seed: int = 0,
) -> Graph:
    """input: (frames, bands). kernels: of the depthwise convolutions, in steps of `stride` frames; first: of the first
    convolution, in frames; last: steps that the scores are made of."""
    net = Layers("wakeconv", input, outputs, seed)
    if len(net.shape) != 2:
        raise UsageError(f"network 'wakeconv': input is {net.shape}, expected (frames, bands)")
    frames, bands = net.shape
    y = net.reshape(net.input, (1, frames, 1, bands))
    y = net.conv(y, channels, (first, 1), stride=(stride, 1), same=False)
    for kernel in kernels:
        y = net.depthwise(y, (kernel, 1), same=False, activation="none")
        y = net.conv(y, channels, (1, 1), name="pointwise")
    y = net.conv(y, outputs, (last, 1), same=False, activation="none", name="scores")
    if y.type.shape[1] == 1:
        return net.graph(net.reshape(y, (1, outputs)))
    return net.graph(net.builder.node("reducemax", y, axes=(1, 2), keep_dims=False, name="greatest"))


def field_frames(
    kernels: Sequence[int] = (5, 9, 9, 9), first: int = 3, stride: int = 2, last: int = 3, steps: int = 1
) -> int:
    """Frames that so many scores are made of."""
    return first + stride * (sum(k - 1 for k in kernels) + last - 1 + steps - 1)


NETWORK = Network("wakeconv", make, normalize=True)
"""See `make`."""
