"""An auto-encoder of dense layers, trained to say what it is given: a regression whose targets are its samples.

The MLPerf Tiny anomaly detection benchmark is this network on (640,). Source: Koizumi et al. (2020), DCASE task 2.
"""

from __future__ import annotations

from collections.abc import Sequence

from lapel.ir import Graph
from lapel.zoo import Network
from lapel.zoo._layers import Layers


def make(
    input: Sequence[int] = (640,),
    outputs: int | None = None,
    hidden: int = 128,
    layers: int = 4,
    code: int = 8,
    seed: int = 0,
) -> Graph:
    """outputs: as many as inputs if not given. layers: of `hidden` units on either side of those of the code."""
    size = 1
    for n in input:
        size *= int(n)
    net = Layers("autoencoder", input, size if outputs is None else outputs, seed)
    y = net.input
    for units in (*[hidden] * layers, code, *[hidden] * layers):
        y = net.dense(y, units)
    return net.graph(net.dense(y, net.outputs, activation="none", name="decoded"))


NETWORK = Network("autoencoder", make, normalize=True)
