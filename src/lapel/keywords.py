"""Keywords that come from outside, as those of recipes: unknown names, and values that are not of their type."""

from __future__ import annotations

import difflib
import inspect
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from lapel.errors import UsageError, shown

LISTS = (tuple, Sequence)


@dataclass(frozen=True)
class Between:
    """Least and greatest of a number, in its annotation: `Annotated[float, Between(0, 1)]`."""

    low: float
    high: float


def meant(name: str, known: Iterable[str]) -> str:
    """What an unknown name may stand for, else all that it could be."""
    names = tuple(known)
    near = difflib.get_close_matches(name, names, n=1)
    return f"did you mean {near[0]!r}?" if near else f"expected one of {', '.join(names)}"


def check_names(given: Iterable[str], known: Iterable[str], where: str) -> None:
    """Raise UsageError for the first name that is unknown, with what it may stand for. where: and of which kind."""
    names = tuple(known)
    for name in given:
        if name not in names:
            raise UsageError(f"{where} {shown(name)!r} is unknown: {meant(name, names)}")


def check_values(function: Callable[..., Any], given: Mapping[str, Any], where: str, least: int = 1) -> None:
    """Raise UsageError for the first value that is not of the type that the function's keyword has.

    least: of whole numbers; a seed may be 0. Floats are above 0, where no `Between` says otherwise.
    """
    hints = get_type_hints(inspect.unwrap(function), include_extras=True)
    for name, value in given.items():
        wanted = expected(hints[name], value, 0 if name == "seed" else least)
        if wanted:
            raise UsageError(f"{where}: {name} is {shown(repr(value))}, expected {wanted}")


def expected(hint: Any, value: Any, least: int = 1) -> str:
    """What a value of this type has to be; "" if this one is. Where text and numbers name things, any number may."""
    kinds = _kinds(hint)
    if value is None and NoneType in kinds:
        return ""
    kinds = tuple(kind for kind in kinds if kind is not NoneType)
    if {str, int} <= set(kinds):
        return "" if isinstance(value, kinds) else _called(hint, least)
    wanted = [_expected(kind, value, least) for kind in kinds]
    return "" if "" in wanted else " or ".join(wanted)


def _kinds(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (UnionType, Union) else (hint,)


def _expected(kind: Any, value: Any, least: int) -> str:
    if get_origin(kind) in LISTS:
        parts = get_args(kind)
        count = len(parts) if get_origin(kind) is tuple and parts[-1] is not ... else None
        right = isinstance(value, list | tuple) and not any(expected(parts[0], v, least) for v in value)
        right = right and count in (None, len(value))
        return "" if right else f"a list of {'' if count is None else f'{count} '}{_called(parts[0], least, 's')}"
    if get_origin(kind) is Mapping:
        inner = get_args(kind)[1]
        right = isinstance(value, Mapping) and not any(expected(inner, v, least) for v in value.values())
        return "" if right else "a table" if inner is Any else f"a table of {_called(inner, least, 's')}"
    return "" if _is(kind, value, least) else _called(kind, least)


def _is(kind: Any, value: Any, least: int) -> bool:
    if kind is Any:
        return True
    if get_origin(kind) is Literal:
        return value in get_args(kind)
    if kind in (bool, str):
        return isinstance(value, kind)
    if isinstance(value, bool):
        return False
    if get_origin(kind) is Annotated:
        inner, between = get_args(kind)
        number = isinstance(value, int | np.integer if inner is int else int | float)
        return bool(number and between.low <= value <= between.high)
    if kind is float:
        return isinstance(value, int | float) and 0 < value < math.inf
    return isinstance(value, int | np.integer) and int(value) >= least


def _called(kind: Any, least: int, plural: str = "") -> str:
    """A type's name in a message."""
    if get_origin(kind) is Literal:
        return f"one of {', '.join(map(str, get_args(kind)))}"
    if {str, int} <= set(_kinds(kind)):
        return f"text{plural} or number{plural}" if plural else "text or a number"
    if kind is bool:
        return "true or false"
    if get_origin(kind) is Annotated:
        inner, between = get_args(kind)
        name = f"{'whole ' if inner is int else ''}number{plural} from {between.low:g} to {between.high:g}"
        return name if plural else f"a {name}"
    names = {str: f"text{plural}", float: f"number{plural} above 0", int: f"whole number{plural} from {least} on"}
    return names[kind] if plural or kind is str else f"a {names[kind]}"
