from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

import lapel
from bars import make_bars
from lapel import zoo
from lapel.data import Splits, split
from lapel.ir import Graph


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def parts() -> Splits:
    """Three classes of images of 8 × 8, split."""
    return split(make_bars())


@pytest.fixture(scope="session")
def trained(parts: Splits) -> Graph:
    """A float network of three dense layers, which has learned them."""
    start = zoo.make("mlp", input=(8, 8, 1), outputs=3, hidden=(24, 12))
    return lapel.train(start, parts, epochs=4, batch=32, learning_rate=0.01, threads=1).graph
