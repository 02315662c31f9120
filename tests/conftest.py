"""Fixtures for every test."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

import selection
from lapel.measuring import figures, plans

ROOT = Path(__file__).resolve().parent.parent


WEATHER = (
    "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "TTY_COMPATIBLE", "TTY_INTERACTIVE",
    "PYTHONIOENCODING", "XDG_CACHE_HOME", "LAPEL_BOARDS",
)  # fmt: skip
"""Variables that change what is printed or where things are kept."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden from what is generated now")
    parser.addoption("--op", default="", metavar="NAME[,NAME]", help="only the generic tests of these (selection.py)")
    parser.addoption("--target", default="", metavar="all|NAME[,NAME]", help="of them those on these targets' cores")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With --op or --target only what they select."""
    if config.getoption("--op") or config.getoption("--target"):
        others = [item for item in items if item.get_closest_marker("selected") is None]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item.get_closest_marker("selected") is not None]


def pytest_configure(config: pytest.Config) -> None:
    """What a test or a process of one may count on, wherever this was started: a background job ignores Ctrl-C."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, (signal.SIGINT, signal.SIGTERM, signal.SIGHUP))
    os.umask(0o022)
    selection.select(config.getoption("--op"), config.getoption("--target"))
    for name in WEATHER:
        os.environ.pop(name, None)


@pytest.fixture(scope="session")
def workers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of this session's that all its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory, workers_folder: Path) -> Iterator[None]:
    """A home of the session's own, and a cache of compiled files that its workers share."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("LAPEL_CACHE", str(workers_folder / "cache"))
        yield


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
def figures_folder(workers_folder: Path) -> Iterator[None]:
    """Figures of the session's own, which its workers share: no test depends on what was measured before."""
    folder = workers_folder / "figures"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(figures, "cache_folder", lambda: folder)
        yield


@pytest.fixture(scope="session", autouse=True)
def switch() -> Iterator[list[bool]]:
    """Whether kernels are measured; in tests that only run networks they are not, which would take minutes."""
    on, real = [False], plans.measured_costs
    with pytest.MonkeyPatch.context() as patch:
        off = "switched off in this test"
        patch.setattr(plans, "measured_costs", lambda *given: real(*given) if on[0] else off)
        yield on


@pytest.fixture(autouse=True)
def switch_of_this_test(request: pytest.FixtureRequest, switch: list[bool]) -> Iterator[None]:
    """On in tests that are marked `measured`."""
    switch[0] = request.node.get_closest_marker("measured") is not None
    yield
    switch[0] = False
