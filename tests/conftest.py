"""Fixtures for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

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


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what is generated now")
