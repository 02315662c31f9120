"""Fixtures for every test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from lapel.prove import firmware
from lapel.simulate import figures

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of public models and data sets: $LAPEL_SHARED, by default `shared` beside the repository."""
    path = Path(os.environ.get("LAPEL_SHARED") or ROOT.parent / "shared")
    if path.is_dir():
        return path
    reason = f"{path}: found no folder of models and data, set LAPEL_SHARED to it"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session", autouse=True)
def figures_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Figures of the session's own: no test depends on what was measured before."""
    folder = tmp_path_factory.mktemp("figures")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "cache_folder", lambda: folder)
        yield


@pytest.fixture(scope="session", autouse=True)
def switch() -> Iterator[list[bool]]:
    """Whether kernels are measured; in tests that only run networks they are not, which would take minutes."""
    on, real = [False], firmware.measured_costs
    with pytest.MonkeyPatch.context() as patch:
        off = "switched off in this test"
        patch.setattr(firmware, "measured_costs", lambda *given: real(*given) if on[0] else off)
        yield on


@pytest.fixture(autouse=True)
def switch_of_this_test(request: pytest.FixtureRequest, switch: list[bool]) -> Iterator[None]:
    """On in tests that are marked `measured`."""
    switch[0] = request.node.get_closest_marker("measured") is not None
    yield
    switch[0] = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what is generated now")
