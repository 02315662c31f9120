"""An ONNX graph in the making: nodes and constants by name, without the library."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """A node by the names of its values; an absent optional input is the empty string."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attrs: Mapping[str, Any]


@dataclass(eq=False)
class Document:
    """Nodes in an order in which they run. `names`: what a value is called at last, by what it was made as."""

    nodes: list[OnnxNode] = field(default_factory=list)
    constants: dict[str, np.ndarray] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    made: set[str] = field(default_factory=set)

    def node(self, kind: str, *inputs: str, outputs: int = 1, stem: str = "", **attrs: Any) -> tuple[str, ...]:
        """A new node; the names of its outputs."""
        names = tuple(self.unique(f"{stem}/{kind}") for _ in range(outputs))
        self.nodes.append(OnnxNode(kind, inputs, names, attrs))
        self.made.update(names)
        return names

    def constant(self, stem: str, data: np.ndarray) -> str:
        """A new constant; its name."""
        name = self.unique(stem)
        self.constants[name] = data
        return name

    def call(self, value: str, name: str) -> bool:
        """Give a value that a node makes its name; False if it is called something already, or none makes it."""
        if value not in self.made or value in self.names or name in self.taken:
            return False
        self.names[value] = name
        self.taken.add(name)
        return True

    def unique(self, name: str) -> str:
        """The name, with a number behind it if something has it already."""
        found, k = name, 1
        while found in self.taken:
            found, k = f"{name}_{k}", k + 1
        self.taken.add(found)
        return found

    def final(self) -> list[OnnxNode]:
        """The nodes, with the names that values are given."""

        def rename(values: tuple[str, ...]) -> tuple[str, ...]:
            return tuple(self.names.get(v, v) for v in values)

        return [OnnxNode(n.kind, rename(n.inputs), rename(n.outputs), n.attrs) for n in self.nodes]
