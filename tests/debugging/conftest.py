"""The build that faults are planted in, once for all tests."""

from __future__ import annotations

import plants
import pytest


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> plants.Built:
    """For a core whose kernels keep their constants as they are."""
    return plants.build(tmp_path_factory.mktemp("plants") / "build")
