"""The pytest plugin: a file of budgets is collected, and each of its tables is a test.

Which files: those whose name is `budgets.toml`, or ends with `.budgets.toml`, where pytest looks for tests, and those
of `--lapel-budgets FILE`. Nothing of Lapel is imported before there is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lapel.checks.budgets import Budgets
    from lapel.records import Check

NAME = "budgets.toml"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names a file."""
    group = parser.getgroup("lapel", "firmware within budgets")
    group.addoption(
        "--lapel-budgets", action="append", default=[], metavar="FILE", help="a file of budgets, each table a test"
    )


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files by their names, and those that an option names."""
    named = [Path(file).resolve() for file in parent.config.getoption("lapel_budgets")]
    if file_path.name != NAME and not file_path.name.endswith(f".{NAME}") and file_path.resolve() not in named:
        return None
    collected: BudgetsFile = BudgetsFile.from_parent(parent, path=file_path)
    return collected


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """Files that options name are arguments like any other."""
    session.config.args[:] = [*session.config.args, *session.config.getoption("lapel_budgets")]
    return (yield)


class BudgetsFile(pytest.File):
    """A file of budgets."""

    def collect(self) -> Iterator[pytest.Item]:
        """A test for each table. An unknown key is an error of the collection."""
        from lapel.checks.budgets import read_budgets
        from lapel.errors import LapelError

        try:
            read = read_budgets(self.path)
        except LapelError as e:
            raise self.CollectError(e.message) from None
        for name in read.checks:
            yield FirmwareCheck.from_parent(self, name=name, budgets=read)


class BrokenBudget(Exception):
    """A check that did not pass."""

    def __init__(self, check: Check) -> None:
        super().__init__(check.name)
        self.check = check


class FirmwareCheck(pytest.Item):
    """One table."""

    def __init__(self, *, budgets: Budgets, **given: Any) -> None:
        super().__init__(**given)
        self.budgets = budgets

    def runtest(self) -> None:
        """Measure, and compare; figures are properties of the test, which JUnit's report has."""
        from lapel.checks.run import baseline_of, check_one

        before = baseline_of(self.budgets).get(self.name, {})
        found = check_one(self.budgets, self.name, before, 600.0, lambda stage: None)
        self.user_properties += list(found.figures.items())
        if not found.passed:
            raise BrokenBudget(found)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What is broken and by how much, a line each."""
        if isinstance(excinfo.value, BrokenBudget):
            check = excinfo.value.check
            return "\n".join([f"{check.name}: {check.model} on {check.target}", *lines_of(check)])
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[Path, None, str]:
        """Where it stands."""
        return self.path, None, f"{self.path.name}: {self.name}"


def lines_of(check: Check) -> list[str]:
    """Its error, or what is broken, indented."""
    return [f"  {line}" for line in ([check.error] if check.error else map(str, check.broken))]
