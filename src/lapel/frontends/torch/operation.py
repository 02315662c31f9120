"""`Operation`: one call of an ATen operator in an exported program, as the forms see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from lapel.building import GraphBuilder
from lapel.errors import UnsupportedNode
from lapel.ir import Tensor


@dataclass(frozen=True, eq=False)
class Operation:
    """arguments: by their names in the operator's schema, defaults among them; tensors are those of the builder.

    name: the user's name of the layer. shapes: of the outputs, as PyTorch has inferred them.
    """

    b: GraphBuilder
    name: str
    arguments: Mapping[str, Any]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def x(self) -> Tensor:
        """The first argument, a tensor or a number."""
        return self.tensor(next(iter(self.arguments)))

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the first output."""
        return self.shapes[0]

    @property
    def rank(self) -> int:
        """Dimensions of the first argument."""
        return len(self.x.type.shape)

    def __getitem__(self, name: str) -> Any:
        """An argument; raises UnsupportedNode if this overload has none of the name."""
        if name not in self.arguments:
            raise UnsupportedNode(f"its arguments are {', '.join(self.arguments)}, expected {name!r} among them")
        return self.arguments[name]

    def get(self, name: str, missing: Any = None) -> Any:
        """An argument, or what to take where this overload has none of the name or it is None."""
        found = self.arguments.get(name)
        return missing if found is None else found

    def tensor(self, name: str) -> Tensor:
        """An argument that must be a tensor; a number is a constant."""
        value = self[name]
        if isinstance(value, (bool, int, float)):
            return self.number(value)
        if not isinstance(value, Tensor):
            raise UnsupportedNode(f"argument {name!r} is {value!r}, expected a tensor")
        return value

    def optional(self, name: str) -> Tensor | None:
        """An argument that is a tensor or absent."""
        return None if self.get(name) is None else self.tensor(name)

    def constant(self, name: str) -> np.ndarray:
        """The content of an argument that must be a constant."""
        t = self.tensor(name)
        if t.data is None:
            raise UnsupportedNode(f"argument {name!r} is computed, expected a constant")
        return t.data

    def number(self, value: float) -> Tensor:
        """A constant without dimensions."""
        return self.b.constant(f"{self.name}/number", np.float32(value))

    def axis(self, name: str = "dim", rank: int | None = None) -> int:
        """An argument that is an axis of the first one, from the front."""
        return int(self[name]) % max(1, self.rank if rank is None else rank)

    def axes(self, name: str = "dim") -> tuple[int, ...]:
        """The same of any number of axes; all where none is given."""
        given = self.get(name, ())
        found = [given] if isinstance(given, int) else list(given)
        return tuple(sorted({int(a) % max(1, self.rank) for a in found})) or tuple(range(self.rank))

    def node(self, op: str, *inputs: Tensor | None, part: str = "", **attrs: Any) -> Tensor:
        """A node of one output, by the layer's name; `part`: of a layer that is several."""
        return self.b.node(op, *inputs, name=f"{self.name}/{part}" if part else self.name, **attrs)


Form = Callable[[Operation], Tensor | Sequence[Tensor | None]]
"""Makes the nodes of an operator. One tensor, or one for each output, None where it has none of them. Raises
UnsupportedNode."""


def sizes(value: Any, count: int) -> tuple[int, ...]:
    """A number or one for each axis, as one for each."""
    found = [value] if isinstance(value, int) else list(value)
    return tuple(int(v) for v in (found * count if len(found) == 1 else found))
