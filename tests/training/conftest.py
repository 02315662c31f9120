from __future__ import annotations

import pytest

from bars import make_bars, one_thread
from lapel.data import Dataset

__all__ = ["one_thread"]


@pytest.fixture
def bars() -> Dataset:
    """Three classes of images of 8 × 8."""
    return make_bars()
