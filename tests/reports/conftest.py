"""A build of a small network with a branch, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

import lapel
from lapel.ir import Graph
from lapel.records import Build
from nets import Net

BOARD = "nucleo-l4r5zi"


@pytest.fixture(scope="session")
def branched() -> Graph:
    """Two convolutions, their sum, and a classifier."""
    net = Net("branched", (1, 8, 8, 4))
    x = net.conv("x", 4, (1, 1, 1, 1))
    x = net.add(net.conv(x, 4, (1, 1, 1, 1)), x)
    return net.graph(net.dense(net.reshape(x, (1, 256)), 3))


@pytest.fixture(scope="session")
def folder(branched: Graph, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of its build."""
    out = tmp_path_factory.mktemp("reports") / "build"
    lapel.build(branched, BOARD, out)
    return out


@pytest.fixture(scope="session")
def build(folder: Path) -> Build:
    """Its record."""
    return Build.of_folder(folder)
