"""The pytest plugin: a file of budgets is collected, and each of its tables is a test.

Which files, where pytest looks for tests:

- `lapel-budgets.toml`, and those whose name ends with `.lapel-budgets.toml`: nobody else has such a name;
- `budgets.toml`, and those whose name ends with `.budgets.toml`, if a table in it is of a firmware: others have files
  of that name, which are none of ours;
- in place of these the patterns of pytest's setting `lapel_budgets`, if there is one; empty, it is none;
- and in any case those that are arguments of pytest, or of `--lapel-budgets FILE`.

Nothing of Lapel is imported before there is a file that may be one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from lapel.checks.budgets import Budgets
    from lapel.records import Check

OURS = "lapel-budgets.toml"
ANYBODYS = "budgets.toml"
FIRMWARE = ("build", "model", "target")
"""Of these a table of budgets has one or two, beside others."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The option that names a file, and the setting with patterns."""
    group = parser.getgroup("lapel", "firmware within budgets")
    group.addoption(
        "--lapel-budgets", action="append", default=[], metavar="FILE", help="a file of budgets, each table a test"
    )
    said = f"patterns of files of budgets below the root, in place of {OURS} and, of firmware, {ANYBODYS}"
    parser.addini("lapel_budgets", said, type="args", default=None)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Files of budgets, by their names, by what is in them, or because they are named."""
    if not _is_named(file_path, parent) and not _is_found(file_path, parent):
        return None
    collected: BudgetsFile = BudgetsFile.from_parent(parent, path=file_path)
    return collected


def _is_named(path: Path, parent: pytest.Collector) -> bool:
    """By an argument, or by the option."""
    named = [Path(file).resolve() for file in parent.config.getoption("lapel_budgets")]
    return path.resolve() in named or (path.suffix == ".toml" and parent.session.isinitpath(path))


def _is_found(path: Path, parent: pytest.Collector) -> bool:
    """By the setting's patterns, or else by its name."""
    patterns = parent.config.getini("lapel_budgets")
    if patterns is not None:
        root = parent.config.rootpath
        below = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
        return any(fnmatch(below, pattern) for pattern in patterns)
    if _is_called(path, OURS):
        return True
    return _is_called(path, ANYBODYS) and _is_of_firmware(path, parent)


def _is_called(path: Path, name: str) -> bool:
    return path.name == name or path.name.endswith(f".{name}")


def _is_of_firmware(path: Path, parent: pytest.Collector) -> bool:
    """Whether one of its tables names a firmware. What cannot be read is nobody's, and said."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        said = f"{path}: is no test of lapel's: it cannot be read as TOML: {e}; {OURS} would be an error"
        parent.warn(pytest.PytestCollectionWarning(said))
        return False
    from lapel.checks.budgets import KEYS

    tables = [t for t in content.values() if isinstance(t, dict)]
    return any(t.keys() & set(FIRMWARE) and len(t.keys() & KEYS) > 1 for t in tables)


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
