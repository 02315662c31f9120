"""Small convolutional network of the zoo (`stridenet`), trained in floats and quantized to int8."""

from __future__ import annotations

from lapel import zoo
from lapel.contest.candidate import BATCH, CALIBRATED, Candidate, Options, Size, grid, spread
from lapel.contest.candidate import epochs as passes
from lapel.data import Dataset, Splits
from lapel.errors import UsageError
from lapel.ir import Graph
from lapel.proving import quantize

WIDTHS = (4, 8, 16)
"""Channels of the first convolution; each later one has twice as many."""
LEAST_SIDE = 3
"""Of the image that convolutions with strides leave: that of the last one's window."""


def sizes(data: Dataset) -> tuple[Size, ...]:
    halves = _halves(min(data.x.shape[1:3]))
    return tuple(
        Size(
            f"{width}",
            grid(
                channels=(tuple(width << k for k in range(halves)),),
                valid=((width << halves,),),
                epochs=((passes(data) + 1) // 2,),
            ),
        )
        for width in WIDTHS
    )


def _halves(side: int) -> int:
    """How often an image may be halved."""
    if (side + 1) // 2 < LEAST_SIDE:
        raise UsageError(
            f"images have a side of {side}, expected {2 * LEAST_SIDE - 1} or more for a convolutional network"
        )
    count = 0
    while (side + 1) // 2 >= LEAST_SIDE:
        side, count = (side + 1) // 2, count + 1
    return count


def fit(options: Options, data: Dataset, seed: int, name: str) -> Graph:
    from lapel.training import train

    settings = dict(options)
    epochs = settings.pop("epochs")
    batch = min(BATCH, len(data))
    first = 5 if min(data.x.shape[1:3]) > 16 else 3
    network = zoo.make("stridenet", input=data.x.shape[1:], outputs=data.outputs, first=first, seed=seed, **settings)
    trained = train(network, Splits(data), epochs=epochs, batch=batch, learning_rate=0.003, normalize=True, seed=seed)
    calibration = data.numbers(spread(len(data), CALIBRATED))
    return quantize(trained.graph, calibration, name=name).graph


CANDIDATE = Candidate(
    "cnn", "convolutional network of images, of so many channels at first", ("classification",), sizes, fit,
    images=True, package="lapel[train]", imports=("torch",),
)  # fmt: skip
