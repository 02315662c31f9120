"""`Copies`: the tensors and nodes of a graph in the making, and each of its values in the types that somebody wants."""

from __future__ import annotations

from collections.abc import Container
from dataclasses import replace

import numpy as np

from lapel.ir import Node, Tensor, Type
from lapel.ir.signature import is_float
from lapel.ops import dequantize, quantize


class Copies:
    """Values are known by the names that they have in the float graph, whose tensors `reserved` are.

    A value in a second type is a tensor of another name, which a node makes of the first one, or a constant.
    """

    def __init__(self, reserved: Container[str]) -> None:
        self.nodes: list[Node] = []
        self.tensors: dict[str, Tensor] = {}
        self._reserved = reserved
        self._known: dict[tuple[str, Type], str] = {}

    def put(self, t: Tensor) -> str:
        """A tensor under its own name."""
        self.tensors[t.name] = t
        self._known.setdefault((t.name, t.type), t.name)
        return t.name

    def constant(self, t: Tensor, type_: Type, data: np.ndarray) -> str:
        """The name of a constant that holds what `t` stands for in this type."""
        known = self._known.get((t.name, type_))
        if known is not None:
            return known
        name = t.name if t.name not in self.tensors else self._unused(f"{t.name}/{type_.dtype}")
        self._known[t.name, type_] = name
        return self.put(replace(t, name=name, type=type_, data=data))

    def wanted(self, t: Tensor, type_: Type) -> str:
        """The name of the activation `t`, which is there, in this type; a node makes it if nothing has."""
        known = self._known.get((t.name, type_))
        if known is None:
            known = self.beside(t, type_)
            self._change(t.name, known)
        return known

    def beside(self, t: Tensor, type_: Type) -> str:
        """The name of a new tensor that will hold what `t` does, in this type."""
        name = self._unused(f"{t.name}/{type_.dtype}")
        self._known[t.name, type_] = name
        self.tensors[name] = Tensor(name, type_)
        return name

    def restore(self, made: str, t: Tensor) -> None:
        """The node that makes the tensor `t` itself of what was made beside it."""
        self.put(t)
        self._change(made, t.name)

    def _change(self, x: str, y: str) -> None:
        t = self.tensors[y].type
        self.nodes.append(dequantize.node(x, y) if is_float(t) else quantize.node(x, y, t.dtype))

    def _unused(self, name: str) -> str:
        found, k = name, 1
        while found in self.tensors or found in self._reserved:
            found, k = f"{name}_{k}", k + 1
        return found
