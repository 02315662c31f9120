"""A file of budgets: TOML, a table for each firmware, whose name is the check's.

    baseline = "baseline.json"

    [digits-uno]
    model = "digits.tflite"
    target = "arduino-uno"
    flash_bytes = 4_000
    cycles = 25_000

Paths are relative to the file. Unknown keys are errors, which name the nearest key.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Annotated, Any, Literal

from lapel.errors import FormatError, UsageError, shown
from lapel.files import reason
from lapel.keywords import Between, check_names, check_values
from lapel.records import FIGURES
from lapel.wish import ANY, Goal, Wish


@dataclass(frozen=True)
class Budget:
    """One table of the file: a firmware, and what it may take.

    | key | unit | meaning |
    |---|---|---|
    | build | | the folder of a build, whose record has the figures; nothing is run |
    | model, target | | or what is built and run |
    | inputs, labels | | files of samples, and of their labels, with which accuracy is measured; as of `lapel run` |
    | classes | | names of the classes, in the order of the scores |
    | optimize, whole_input, uncoded | | as of `lapel build` |
    | format | | "c", or "blob" for a model that is data, with its interpreter: as of `lapel build` |
    | flash_bytes, ram_bytes, arena_bytes, stack_bytes | bytes | most that it may take; a blob is flash, too |
    | blob_bytes | bytes | most that a blob may have |
    | load_instructions | | most that checking a blob may take, once |
    | stack_worst_bytes | bytes | most stack at any level of optimization; of a build alone, as are the next two |
    | stack_bound_bytes, stack_worst_bound_bytes | bytes | most stack in the worst case, at its own and any level |
    | instructions, cycles | | most of an inference; cycles are counted, or modelled |
    | energy_uj | uJ | most of an inference: cycles times what the board takes for one |
    | accuracy, float_agreement | | least, 0..1 |
    | sha256 | | of the graph, as lapel.json has it |
    | worse | | share by which a figure may be worse than the baseline's, in place of the file's |

    Raises UsageError for what does not go together.
    """

    build: str | None = None
    model: str | None = None
    target: str | None = None
    inputs: str | None = None
    labels: str | None = None
    classes: tuple[str, ...] = ()
    optimize: Goal = ANY.optimize
    whole_input: bool = ANY.whole_input
    uncoded: bool = ANY.uncoded
    format: Literal["c", "blob"] = "c"
    flash_bytes: int | None = None
    blob_bytes: int | None = None
    ram_bytes: int | None = None
    arena_bytes: int | None = None
    stack_bytes: int | None = None
    stack_worst_bytes: int | None = None
    stack_bound_bytes: int | None = None
    stack_worst_bound_bytes: int | None = None
    instructions: int | None = None
    load_instructions: int | None = None
    cycles: int | None = None
    energy_uj: float | None = None
    accuracy: Annotated[float, Between(0, 1)] | None = None
    float_agreement: Annotated[float, Between(0, 1)] | None = None
    sha256: str | None = None
    worse: Annotated[float, Between(0, 1)] | None = None

    @property
    def wish(self) -> Wish:
        return Wish(self.optimize, whole_input=self.whole_input, uncoded=self.uncoded)

    @property
    def limits(self) -> dict[str, int | float | str]:
        """What has a budget, by the figure's name."""
        return {name: value for name in FIGURES if (value := getattr(self, name)) is not None}

    def problem(self) -> str:
        """What does not go together; "" if all does."""
        if self.build is not None:
            others = [n for n in ("model", "target", "inputs", "labels", "classes") if getattr(self, n)]
            others += [n for n in ("optimize", "whole_input", "uncoded") if getattr(self, n) != getattr(ANY, n)]
            others += ["format"] if self.format != "c" else []
            if others:
                return f"build and {others[0]} are given, expected the folder of a build alone, or a model and a target"
        elif self.model is None or self.target is None:
            return "expected a model and a target, or the folder of a build"
        if self.labels is not None and self.inputs is None:
            return "labels are given without inputs"
        if self.accuracy is not None and self.labels is None:
            return "accuracy has a budget and there are no labels to measure it with: name a model, inputs and labels"
        of_builds = [name for name in BUILD_ALONE if getattr(self, name) is not None]
        if of_builds and self.build is None:
            return f"{of_builds[0]} is known of a build alone: name its folder"
        return ""


KEYS = frozenset(f.name for f in fields(Budget))
"""Of a table."""
BUILD_ALONE = ("stack_worst_bytes", "stack_bound_bytes", "stack_worst_bound_bytes")
"""Figures that are measured when a build is written."""


@dataclass(frozen=True)
class Budgets:
    """A file of them. baseline: path of the figures to compare with; worse: share by which one may be worse."""

    path: Path
    checks: Mapping[str, Budget]
    baseline: Path | None = None
    worse: float = 0.0


@dataclass(frozen=True)
class _Head:
    """The keys before the first table."""

    baseline: str | None = None
    worse: Annotated[float, Between(0, 1)] = field(default=0.0)


def read_budgets(path: Path | str) -> Budgets:
    """Read a file of budgets.

    Raises FormatError: it cannot be read, or is no TOML; UsageError: a key is unknown, or a value is none.
    """
    path = Path(path)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as e:
        said = reason(e) if isinstance(e, OSError) else str(e)
        raise FormatError(f"{path}: cannot be read as TOML: {said}") from None
    tables = {name: value for name, value in content.items() if isinstance(value, dict)}
    head = {name: value for name, value in content.items() if name not in tables}
    check_names(head, [f.name for f in fields(_Head)], f"{path}: key")
    check_values(_Head, head, str(path))
    if not tables:
        raise UsageError(f"{path}: has no table, expected one for each firmware, such as [digits-uno]")
    checks = {name: _budget(f"{path}: [{shown(name)}]", table) for name, table in tables.items()}
    baseline = head.get("baseline")
    return Budgets(path, checks, None if baseline is None else path.parent / baseline, head.get("worse", 0.0))


def _budget(where: str, table: Mapping[str, Any]) -> Budget:
    check_names(table, [f.name for f in fields(Budget)], f"{where} key")
    check_values(Budget, table, where)
    given: dict[str, Any] = {name: tuple(v) if isinstance(v, list) else v for name, v in table.items()}
    budget = Budget(**given)
    if problem := budget.problem():
        raise UsageError(f"{where}: {problem}")
    return budget
