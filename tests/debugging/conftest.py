"""The build that faults are planted in, once for all tests, and the target that it is for."""

from __future__ import annotations

from pathlib import Path

import plants
import pytest

from lapel.targets import boards_from


@pytest.fixture(scope="session")
def boards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the target."""
    folder = tmp_path_factory.mktemp("boards")
    (folder / f"{plants.TARGET}.toml").write_text(plants.BOARD)
    return folder


@pytest.fixture(autouse=True)
def known(boards: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test here has the target, and none elsewhere."""
    monkeypatch.setenv("LAPEL_BOARDS", str(boards))


@pytest.fixture(scope="session")
def built(boards: Path, tmp_path_factory: pytest.TempPathFactory) -> plants.Built:
    """For a core whose kernels keep their constants as they are."""
    with boards_from(boards):
        return plants.build(tmp_path_factory.mktemp("plants") / "build")
