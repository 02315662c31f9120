"""How one element of an output comes about: numbers in the order in which arithmetic makes them.

An operator explains an element as terms. A given term is a number that is there (a sum over inputs, a constant that a
kernel's params hold); a made one is computed of those before it. So the same terms explain another machine, whose given
numbers are read from its memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Values = Mapping[str, int]
NONE: Values = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Term:
    """A number on the way to an element.

    value: of a given term. make: of a made one, what it is of the terms before it, by name. field, at: where a kernel's
    params hold it, and its place if that is a table. summed: it is what the layer's inputs and weights add up to,
    before any other term. said: what it is, in words.
    """

    name: str
    said: str
    value: int = 0
    make: Callable[[Values], int] | None = None
    field: str = ""
    at: int | None = None
    summed: bool = False


def evaluated(terms: Iterable[Term], given: Values = NONE) -> dict[str, int]:
    """The value of each term, in order; given: other values of given terms."""
    found: dict[str, int] = {}
    for t in terms:
        found[t.name] = given.get(t.name, t.value) if t.make is None else t.make(found)
    return found
