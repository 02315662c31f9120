from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from bars import make_bars
from lapel.data import Dataset


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def bars() -> Dataset:
    """Three classes of images of 8 × 8."""
    return make_bars()
