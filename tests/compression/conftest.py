from __future__ import annotations

import pytest

from bars import one_thread, parts, train_bars
from lapel.data import Splits
from lapel.ir import Graph

__all__ = ["one_thread", "parts"]


@pytest.fixture(scope="session")
def trained(parts: Splits) -> Graph:
    """A float network of three dense layers, which has learned them."""
    made = train_bars(parts, epochs=12)
    assert made.record.run.val is not None and (made.record.run.val.accuracy or 0) > 0.85
    return made.graph
