"""Steps of a ladder: compression methods, and `code`, which is the planner's to do; checked before anything runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields
from functools import cache
from typing import Any

from lapel.compression.method import Kind, Method, make_options
from lapel.compression.methods import methods
from lapel.compression.retraining import Retraining
from lapel.data.augmentations import check
from lapel.errors import UsageError, shown
from lapel.keywords import check_names, meant
from lapel.ladder.code import CODE

QUANTIZE = "quantize"
"""The method that only makes integers of floats."""
NAMING = ("method", "name")
"""Keys of a step that are no options of its method."""


@dataclass(frozen=True)
class Step:
    """One step. name: in the recipe, the method's if it has none of its own. given: its options, as they stand there;
    options: all of them, checked."""

    name: str
    method: str
    given: Mapping[str, Any]
    options: Any

    @property
    def plan_only(self) -> bool:
        """Whether the network stays as it is: how firmware stores its weights is the step."""
        return self.method == CODE.name

    def settings(self) -> dict[str, Any]:
        """All options as a record has them."""
        return {f.name: plain(getattr(self.options, f.name)) for f in fields(self.options)}


@cache
def known() -> Mapping[str, Method]:
    """All methods of steps by name."""
    return {**methods(), CODE.name: CODE}


def option_defaults() -> dict[str, dict[str, str]]:
    """Of each method the options, with their defaults as text; "" for those that must be given."""
    return {name: {f.name: _default(f) for f in fields(method.options)} for name, method in known().items()}


def training_options() -> dict[str, str]:
    """Options that all methods with a training have, with their defaults."""
    return {f.name: _default(f) for f in fields(Retraining)}


def _default(f: Field[Any]) -> str:
    if f.default is MISSING and f.default_factory is MISSING:
        return "(must be given)"
    value = f.default if f.default_factory is MISSING else f.default_factory()
    if value is None or value in ({}, (), ""):
        return "none"
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_step(where: str, table: Mapping[str, Any]) -> Step:
    """A step from its table. Raises UsageError: no method or an unknown one, options that are unknown or wrong."""
    if not isinstance(table, Mapping):
        raise UsageError(f"{where} is {shown(repr(table))}, expected a table with a method")
    if "method" not in table:
        raise UsageError(f"{where} has no method, expected one of {', '.join(known())}")
    method = str(table["method"])
    if method not in known():
        raise UsageError(f"{where}: there is no method {shown(method)!r}: {meant(method, known())}")
    name = table.get("name", method)
    if not isinstance(name, str) or not name.replace("-", "").replace("_", "").isalnum():
        raise UsageError(f"{where}: name is {shown(repr(name))}, expected letters, digits, - and _")
    given = {key: value for key, value in table.items() if key not in NAMING}
    return Step(name, method, given, make_options(method, known()[method], given, f"{where} ({method})"))


def read_steps(where: str, tables: Any) -> tuple[Step, ...]:
    """The steps of a recipe. Raises UsageError: none, wrong ones, or two of a name."""
    if not isinstance(tables, Sequence) or isinstance(tables, str) or not tables:
        raise UsageError(f"{where}: there are no steps, expected tables [[step]], each with a method")
    steps = tuple(read_step(f"{where} step {k + 1}", table) for k, table in enumerate(tables))
    for k, step in enumerate(steps):
        if step.name in [s.name for s in steps[:k]]:
            raise UsageError(f"{where}: two steps are called {step.name!r}: give one a name of its own, name = …")
    return steps


def step_named(steps: Sequence[Step], name: str, where: str) -> Step:
    """The step of this name. Raises UsageError with what may be meant."""
    check_names([name], [s.name for s in steps], f"{where}: step")
    return next(s for s in steps if s.name == name)


def check_order(steps: Sequence[Step], kind: Kind, where: str) -> None:
    """Raise UsageError where a step does not take what the one before makes. kind: what the first is given."""
    before = "the network that the recipe begins with"
    for k, step in enumerate(steps):
        method = known()[step.method]
        if kind not in method.takes:
            computes = "floats" if kind == "float" else "integers"
            raise UsageError(
                f"{where}: step {step.name!r} takes {' or '.join(method.takes)} networks, and {before} computes on "
                f"{computes}: {_way(steps[:k], kind)}"
            )
        kind, before = method.makes, f"what {step.name!r} makes"


def check_augmented(steps: Sequence[Step], shape: tuple[int, ...], where: str) -> None:
    """Raise UsageError for augmentations that there are not, or whose values do not fit samples of this shape."""
    for step in steps:
        try:
            check(getattr(step.options, "augment", {}), shape)
        except UsageError as e:
            raise UsageError(f"{where} step {step.name!r}: {e.message}") from None


def _way(done: Sequence[Step], kind: Kind) -> str:
    """What to do about a step that takes the other kind of networks."""
    if kind == "float":
        return f"put a step with method = {QUANTIZE!r} before it"
    makers = [s.name for s in done if "float" in known()[s.method].takes]
    return f"put it before {makers[-1]!r}" if makers else "begin with the float network"


def plain(value: Any) -> Any:
    """As a record has it: lists are tuples, in tables, too."""
    if isinstance(value, Mapping):
        return {str(key): plain(v) for key, v in value.items()}
    return tuple(map(plain, value)) if isinstance(value, list | tuple) else value
