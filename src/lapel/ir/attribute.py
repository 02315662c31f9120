"""Attributes of operators as data: what a node must have beside its tensors, checked in one place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from lapel.errors import shown

Kind = Literal["int", "float", "number", "bool", "str", "ints"]


def _is_int(v: object) -> bool:
    return isinstance(v, int) and not isinstance(v, bool)


IS_KIND: Mapping[Kind, Callable[[object], bool]] = {
    "int": _is_int,
    "float": lambda v: isinstance(v, float),
    "number": lambda v: _is_int(v) or isinstance(v, float),
    "bool": lambda v: isinstance(v, bool),
    "str": lambda v: isinstance(v, str),
    "ints": lambda v: isinstance(v, tuple) and all(map(_is_int, v)),
}
"""Of Python's own types: numpy's scalars would change how a graph is printed and its digest."""


@dataclass(frozen=True)
class Attribute:
    """One attribute: its kind, and what it may be.

    choices: all that it may be, empty for any. length: of a tuple of ints, None for any. default: what a front end that
    does not say it means, None where it must be said. stored: a number as output 0 stores it, not what it stands for.
    wide: what it is where output 0 is int16, None for no such rule; quantizers look at it.
    """

    kind: Kind
    choices: tuple[Any, ...] = ()
    length: int | None = None
    default: Any = None
    stored: bool = False
    wide: Any = None

    def allows(self, value: object) -> bool:
        """Whether it may be this."""
        if not IS_KIND[self.kind](value) or (self.choices and value not in self.choices):
            return False
        return self.length is None or (isinstance(value, tuple) and len(value) == self.length)

    def __str__(self) -> str:
        if self.choices:
            return " or ".join(map(str, self.choices))
        if self.kind == "ints":
            return "a tuple of ints" if self.length is None else f"a tuple of {self.length} ints"
        return {"int": "an int", "float": "a float", "number": "an int or float", "bool": "a bool"}.get(
            self.kind, "a str"
        )


Attributes = Mapping[str, Attribute]


def attribute_problems(declared: Attributes, found: Mapping[str, Any]) -> list[str]:
    """Every attribute that is unknown, missing, or not what it may be."""
    known = ", ".join(declared) or "none"
    problems = [
        f"attribute {shown(n)!r} is unknown, expected {known}: leave it out" for n in found if n not in declared
    ]
    for name, a in declared.items():
        if name not in found:
            problems.append(f"attribute {name!r} is missing, expected {a}")
        elif not a.allows(found[name]):
            problems.append(f"attribute {name!r} is {shown(repr(found[name]))}, expected {a}")
    return problems


def with_defaults(declared: Attributes, found: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes, with the default of each that is not among them and has one."""
    defaults = {n: a.default for n, a in declared.items() if a.default is not None}
    return {**defaults, **found}


AXIS = Attribute("int")
AXES = Attribute("ints")
FLAG = Attribute("bool")
PAIR = Attribute("ints", length=2)
PADS = Attribute("ints", length=4)
