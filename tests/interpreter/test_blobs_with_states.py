"""Models as data that remember: what they say call after call is the reference's, and again after a reset."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import lapel
from lapel.ir import Graph
from lapel.ops import registry
from lapel.proving.blob import build_blob
from lapel.proving.samples import draw
from statenets import cell, counter, delay, exchange, ring, streams

CALLS, RESET_EVERY = 12, 4


def recurrent(op: str) -> Callable[[np.random.Generator], Graph]:
    return lambda rng: registry()[op].cases()[0].draw(rng)


@pytest.mark.parametrize(
    ("net", "target"),
    [
        (streams, "host"),
        *(
            pytest.param(net, target, marks=pytest.mark.long)
            for target in ("host", "cortex-m0", "cortex-m4", "cortex-m55")
            for net in (ring, cell, counter, delay, exchange, recurrent("svdf"), recurrent("lstm"))
        ),
    ],
)
def test_every_call_is_the_references(net: Callable[[np.random.Generator], Graph], target: str, tmp_path: Path) -> None:
    graph = net(np.random.default_rng(4))
    assert build_blob(graph, target, tmp_path).bit_exact
    samples = draw(graph, CALLS)
    assert lapel.run(graph, None, samples, folder=tmp_path).bit_exact
    if graph.carries:
        assert lapel.run(graph, None, samples, folder=tmp_path, reset_every=RESET_EVERY).bit_exact
