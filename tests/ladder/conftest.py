from __future__ import annotations

import pytest

from bars import one_thread, parts, train_bars
from lapel.data import Splits
from lapel.ir import Graph

__all__ = ["one_thread", "parts"]


@pytest.fixture(scope="session")
def trained(parts: Splits) -> Graph:
    """A float network of three dense layers, which has learned something of them."""
    return train_bars(parts, epochs=4).graph
