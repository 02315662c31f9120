from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bars import one_thread
from blossoms import write_blossoms

__all__ = ["one_thread"]


@pytest.fixture(scope="session")
def blossoms(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_blossoms(tmp_path_factory.mktemp("blossoms") / "blossoms.csv")


@pytest.fixture
def numbers(tmp_path: Path) -> Path:
    """A regression: a column that three others make."""
    rng = np.random.default_rng(3)
    x = rng.uniform(0, 4, (120, 3)).round(2)
    y = x[:, 0] ** 2 + np.where(x[:, 1] > 2, 5, 0) + rng.normal(0, 0.1, 120)
    np.savetxt(tmp_path / "numbers.csv", np.c_[x, y], delimiter=",", header="a,b,c,y", comments="")
    return tmp_path / "numbers.csv"
